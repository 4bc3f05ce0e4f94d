import { type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Exchange } from './exchange.ts';
import {
  ApiError,
  errorResponse,
  type HttpResponse,
  htmlResponse,
  isKnownErrorCode,
  wholeBody,
} from './responses.ts';

/** Which requests a fault strikes. */
interface Aim {
  /** Such as `clients/add`. Default: any call. */
  call?: string;
  /** How many requests it strikes. `Infinity` is possible. Default: 1. */
  times?: number;
  /** How many matching requests it lets through first. Default: 0. */
  after?: number;
}

interface Headers {
  headers?: Record<string, string>;
}

interface HeadersAndBody extends Headers {
  body?: string | Buffer;
}

/** Something that happens to a request. "Commit" is the moment at which the call takes effect. */
export type Fault = Aim &
  (
    | {
        kind: /** The connection is reset (RST) without a response. The call has no effect, or it takes effect. */
          | 'reset-before-commit'
          | 'reset-after-commit'
          /** There is never a response. The call has no effect, or it takes effect. */
          | 'hang-before-commit'
          | 'hang-after-commit'
          /** Takes effect, but the body ends in the middle, short of its Content-Length. */
          | 'cut-off'
          /** Takes effect, but the response is HTTP 200 with bytes that aren't JSON. */
          | 'garbled';
      }
    /** The connection is reset at once. The call takes effect `ms` milliseconds later. */
    | { kind: 'late-commit'; ms: number }
    /** Takes effect at once. The response comes `ms` milliseconds later. */
    | { kind: 'slow'; ms: number }
    /** Takes effect, and these fields of the response are replaced. A value of null removes the field. */
    | { kind: 'edited'; fields: Record<string, unknown> }
    /** Takes effect, and the body comes in chunks of this many bytes. */
    | { kind: 'chunked'; bytes: number }
    /** This HTTP status, by default with a small HTML page; 200 is the page of a wrong host. */
    | ({ kind: 'http-before-commit' | 'http-after-commit'; status: number } & HeadersAndBody)
    /** HTTP 200 and `stat: "error"` with this code. */
    | ({ kind: 'api-before-commit' | 'api-after-commit'; code: number } & Headers)
    /** Exactly this response (status 200, no headers and no body unless given). The call has no effect. */
    | ({ kind: 'response'; status?: number } & HeadersAndBody)
    /** The beginning of valid JSON, this many bytes of it. The call has no effect. */
    | { kind: 'huge'; bytes: number }
  );

/** The faults that wait for their requests, in the order of their injection. */
export class FaultQueue {
  readonly #waiting: { fault: Fault; letThrough: number; strikes: number }[] = [];

  /** Adds a fault at the end. Throws a RangeError or TypeError if it isn't possible. */
  add(fault: Fault): void {
    rejectImpossible(fault);
    this.#waiting.push({ fault, letThrough: fault.after ?? 0, strikes: fault.times ?? 1 });
  }

  /**
   * The fault that strikes this request: the first that matches and doesn't let it through.
   * A request that one fault strikes doesn't count for those behind it.
   */
  take(call: string): Fault | undefined {
    for (const waiting of this.#waiting) {
      const isMatch = waiting.fault.call === undefined || waiting.fault.call === call;
      if (!isMatch || waiting.strikes <= 0) continue;
      if (waiting.letThrough > 0) {
        waiting.letThrough -= 1;
        continue;
      }
      waiting.strikes -= 1;
      return waiting.fault;
    }
    return undefined;
  }
}

/** Ends a request in the way of the fault. `commit` lets the call take effect and returns its response. */
export function strike(fault: Fault, exchange: Exchange, commit: () => HttpResponse): void {
  const handler = HANDLERS[fault.kind] as Handler<Fault['kind']>;
  handler(fault, exchange, commit);
}

type Handler<K extends Fault['kind']> = (
  fault: Extract<Fault, { kind: K }>,
  exchange: Exchange,
  commit: () => HttpResponse,
) => void;

const HANDLERS: { [K in Fault['kind']]: Handler<K> } = {
  'reset-before-commit': (_, exchange) => exchange.reset(),
  'reset-after-commit': (_, exchange, commit) => {
    commit();
    exchange.reset();
  },
  'hang-before-commit': () => {},
  'hang-after-commit': (_, _exchange, commit) => {
    commit();
  },
  'late-commit': ({ ms }, exchange, commit) => {
    exchange.later(ms, commit);
    exchange.reset();
  },
  slow: ({ ms }, exchange, commit) => exchange.reply(commit(), ms),
  edited: ({ fields }, exchange, commit) => exchange.reply(edit(commit(), fields)),
  chunked: ({ bytes }, exchange, commit) => sendInChunks(commit(), bytes, exchange),
  'cut-off': (_, exchange, commit) => sendHalf(commit(), exchange),
  garbled: (_, exchange, commit) => {
    const { status, headers } = commit();
    exchange.reply({ status, headers, body: GARBLE });
  },
  'http-before-commit': (fault, exchange) => exchange.reply(httpResponse(fault)),
  'http-after-commit': (fault, exchange, commit) => {
    commit();
    exchange.reply(httpResponse(fault));
  },
  'api-before-commit': (fault, exchange) => exchange.reply(apiResponse(fault)),
  'api-after-commit': (fault, exchange, commit) => {
    commit();
    exchange.reply(apiResponse(fault));
  },
  response: ({ status = 200, headers = {}, body = '' }, exchange) =>
    exchange.reply({ status, headers, body }),
  huge: ({ bytes }, exchange) => exchange.deliver((outgoing) => sendHuge(outgoing, bytes)),
};

/** Bytes that are neither JSON nor UTF-8. */
const GARBLE = Buffer.from('1f8b0800fffe7b22737461740000c3282227', 'hex');

/** The longest time that a timer of Node.js can wait. A longer one would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const HUGE_START = '{"stat":"ok","results":["';
const HUGE_CHUNK = 'a'.repeat(64 * 1024);

function httpResponse({ status, headers, body }: { status: number } & HeadersAndBody): HttpResponse {
  const page = htmlResponse(status, headers);
  return { ...page, body: body ?? page.body };
}

function apiResponse({ code, headers }: { code: number } & Headers): HttpResponse {
  const response = errorResponse(new ApiError(code));
  return { ...response, headers: { ...response.headers, ...headers } };
}

function edit(response: HttpResponse, fields: Record<string, unknown>): HttpResponse {
  const content = { ...JSON.parse(String(wholeBody(response))), ...fields };
  const rest = Object.entries(content).filter(([, value]) => value !== null);
  return { ...response, body: JSON.stringify(Object.fromEntries(rest)) };
}

function sendInChunks(response: HttpResponse, size: number, exchange: Exchange): void {
  const body = wholeBody(response);
  exchange.deliver((outgoing) => {
    outgoing.writeHead(response.status, response.headers);
    outgoing.socket?.setNoDelay();
    pipeline(Readable.from(piecesOf(body, size)), outgoing).catch(() => {});
  });
}

function* piecesOf(body: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

// An ordinary end and not a reset: a reset can discard what was sent before it, and the half has to arrive.
function sendHalf(response: HttpResponse, exchange: Exchange): void {
  const body = wholeBody(response);
  exchange.deliver((outgoing) => {
    outgoing.writeHead(response.status, { ...response.headers, 'content-length': body.length });
    outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy());
  });
}

function sendHuge(outgoing: ServerResponse, bytes: number): void {
  outgoing.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  const json = Readable.from(hugeJson(bytes), { objectMode: false });
  // Most clients hang up before the end, and that is the point.
  pipeline(json, outgoing).catch(() => {});
}

function* hugeJson(bytes: number): Generator<Buffer> {
  yield Buffer.from(HUGE_START.slice(0, bytes));
  for (let left = bytes - HUGE_START.length; left > 0; left -= HUGE_CHUNK.length) {
    yield Buffer.from(HUGE_CHUNK.slice(0, left));
  }
}

// At its injection, where the test that asks for an impossible fault can see the error.
function rejectImpossible(fault: Fault): void {
  rejectUnless(Object.hasOwn(HANDLERS, fault.kind), `kind ${JSON.stringify(fault.kind)}`);
  if ('ms' in fault) rejectUnless(fault.ms >= 0 && fault.ms <= LONGEST_TIMER_MS, `ms ${fault.ms}`);
  if ('code' in fault) rejectUnless(isKnownErrorCode(fault.code), `code ${fault.code} (try kind "response")`);
  if ('bytes' in fault) rejectUnless(fault.bytes >= Number(fault.kind === 'chunked'), `bytes ${fault.bytes}`);
  if ('status' in fault) rejectUnless(isFinalStatus(fault.status ?? 200), `status ${fault.status}`);
  if ('headers' in fault) rejectUnsendable(fault.headers ?? {});
}

const isFinalStatus = (status: number): boolean => Number.isInteger(status) && status >= 200 && status <= 599;

function rejectUnsendable(headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
}

function rejectUnless(isPossible: boolean, what: string): void {
  if (!isPossible) throw new RangeError(`impossible fault: ${what}`);
}
