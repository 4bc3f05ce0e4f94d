import { type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Answer, ApiError, errorAnswer, htmlAnswer, isKnownErrorCode } from './answers.ts';
import type { Exchange } from './exchange.ts';

/** Which requests a fault strikes. */
interface Aim {
  /** Such as `clients/add`; default: any. */
  call?: string;
  /** How many requests it strikes; default 1, may be `Infinity`. */
  times?: number;
  /** How many matching requests it lets through first; default 0. */
  after?: number;
}

/** What an HTTP answer consists of. */
interface HttpResponse {
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Something that goes wrong with a request. "Commit" is the moment at which the call takes effect. */
export type Fault = Aim &
  (
    | {
        kind: /** The connection is reset (RST) and there is no answer; the call takes no effect, or it does. */
          | 'reset-before-commit'
          | 'reset-after-commit'
          /** Never an answer; the call takes no effect, or it does. */
          | 'hang-before-commit'
          | 'hang-after-commit'
          /** Takes effect, but the answer ends in the middle of its body, short of its Content-Length. */
          | 'cut-off'
          /** Takes effect, but the answer is HTTP 200 with bytes that are not JSON. */
          | 'garbled';
      }
    /** The connection is reset at once; the call takes effect `ms` milliseconds later. */
    | { kind: 'late-commit'; ms: number }
    /** Takes effect at once; the answer comes `ms` milliseconds later. */
    | { kind: 'slow'; ms: number }
    /** An HTTP error, by default with a small HTML page; the call takes no effect, or it does. */
    | ({ kind: 'http-before-commit' | 'http-after-commit'; status: number } & HttpResponse)
    /** HTTP 200 and `stat: "error"` with this code; the call takes no effect, or it does. */
    | { kind: 'api-before-commit' | 'api-after-commit'; code: number }
    /** Exactly this answer (status 200, no headers and no body unless given); the call takes no effect. */
    | ({ kind: 'answer'; status?: number } & HttpResponse)
    /** The beginning of valid JSON, this many bytes of it; the call takes no effect. */
    | { kind: 'huge'; bytes: number }
  );

/** The faults that are waiting for their requests, in the order in which they were injected. */
export class FaultQueue {
  readonly #waiting: { fault: Fault; letThrough: number; strikes: number }[] = [];

  /** Adds a fault at the end. Throws a RangeError if it could not be carried out as it is. */
  add(fault: Fault): void {
    refuseImpossible(fault);
    this.#waiting.push({ fault, letThrough: fault.after ?? 0, strikes: fault.times ?? 1 });
  }

  /**
   * The fault that strikes this request, if any: the first that matches and is not letting requests through.
   * A request that one fault strikes does not count for those behind it.
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

/** Answers a request in the way of the fault. */
export function strike(fault: Fault, exchange: Exchange): void {
  switch (fault.kind) {
    case 'reset-before-commit':
      exchange.reset();
      break;
    case 'reset-after-commit':
      exchange.commit();
      exchange.reset();
      break;
    case 'hang-before-commit':
      break;
    case 'hang-after-commit':
      exchange.commit();
      break;
    case 'late-commit':
      exchange.later(fault.ms, () => exchange.commit());
      exchange.reset();
      break;
    case 'slow':
      exchange.reply(exchange.commit(), fault.ms);
      break;
    case 'cut-off':
      sendHalf(exchange.commit(), exchange);
      break;
    case 'garbled':
      exchange.reply({ ...exchange.commit(), body: GARBLE });
      break;
    case 'http-before-commit':
      exchange.reply(httpAnswer(fault.status, fault));
      break;
    case 'http-after-commit':
      exchange.commit();
      exchange.reply(httpAnswer(fault.status, fault));
      break;
    case 'api-before-commit':
      exchange.reply(errorAnswer(new ApiError(fault.code)));
      break;
    case 'api-after-commit':
      exchange.commit();
      exchange.reply(errorAnswer(new ApiError(fault.code)));
      break;
    case 'answer':
      exchange.reply({ status: fault.status ?? 200, headers: fault.headers ?? {}, body: fault.body ?? '' });
      break;
    case 'huge':
      exchange.deliver((response) => sendHuge(response, fault.bytes));
      break;
    default:
      throw impossible(`kind ${JSON.stringify(fault satisfies never)}`);
  }
}

/** Bytes that are neither JSON nor UTF-8. */
const GARBLE = Buffer.from('1f8b0800fffe7b22737461740000c3282227', 'hex');

/** The longest time a timer of Node.js can take; a longer one would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const HUGE_START = '{"stat":"ok","results":["';
const HUGE_CHUNK = 'a'.repeat(64 * 1024);

function httpAnswer(status: number, given: HttpResponse): Answer {
  const page = htmlAnswer(status);
  return { ...page, headers: { ...page.headers, ...given.headers }, body: given.body ?? page.body };
}

// An ordinary end and not a reset: a reset may take away what was sent before it, and the half is to arrive.
function sendHalf(answer: Answer, exchange: Exchange): void {
  const body = Buffer.from(answer.body);
  exchange.deliver((response) => {
    response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length });
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  });
}

function sendHuge(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  // The client may well hang up before the end; that is the point and no error.
  pipeline(Readable.from(hugeJson(bytes), { objectMode: false }), response).catch(() => {});
}

function* hugeJson(bytes: number): Generator<Buffer> {
  yield Buffer.from(HUGE_START.slice(0, bytes));
  for (let left = bytes - HUGE_START.length; left > 0; left -= HUGE_CHUNK.length) {
    yield Buffer.from(HUGE_CHUNK.slice(0, left));
  }
}

// A fault that cannot be carried out is the mistake of whoever injects it, and so is reported there.
function refuseImpossible(fault: Fault): void {
  if ('ms' in fault) refuseUnless(fault.ms >= 0 && fault.ms <= LONGEST_TIMER_MS, `ms ${fault.ms}`);
  if ('code' in fault) refuseUnless(isKnownErrorCode(fault.code), `code ${fault.code} (try kind "answer")`);
  if ('bytes' in fault) refuseUnless(fault.bytes >= 0, `bytes ${fault.bytes}`);
  if ('status' in fault) refuseUnless(isFinalStatus(fault.status ?? 200), `status ${fault.status}`);
  if ('headers' in fault) refuseUnsendable(fault.headers ?? {});
}

// Statuses below 200 announce an answer and are none.
const isFinalStatus = (status: number): boolean => Number.isInteger(status) && status >= 200 && status <= 599;

function refuseUnsendable(headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
}

function refuseUnless(isPossible: boolean, what: string): void {
  if (!isPossible) throw impossible(what);
}

const impossible = (what: string): RangeError =>
  new RangeError(`the emulator cannot carry out this fault: ${what}`);
