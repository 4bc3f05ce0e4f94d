import type { AuthScheme, Credentials } from '../../src/capture/authentication.ts';
import type { CaptureError } from '../../src/capture/capture-error.ts';
import { openCapture } from '../../src/capture/client.ts';
import { startTimeLimit } from '../../src/capture/clock.ts';
import { type NoResponse, NoResponseError } from '../../src/capture/network-failure.ts';
import type { ProxyServer } from '../../src/capture/proxy.ts';
import { createRepeat } from '../../src/capture/retry.ts';
import { openSender } from '../../src/capture/sender.ts';
import type { HttpRequest, HttpResponse } from '../../src/capture/transport.ts';
import { fakeClock, notebook } from './basics.ts';

export const host = 'capture.example.com';
export const owner: Credentials = { clientId: 'owner', clientSecret: 'hush' };

/** A response: JSON with status 200, a text with a head, or an error for none. */
export type Reply = object | Error | (Partial<HttpResponse> & { readonly text: string | Buffer });

export interface Sent extends HttpRequest {
  readonly form: Record<string, string>;
}

export interface FakeSessionOptions {
  readonly authScheme?: AuthScheme;
  readonly totalMs?: number;
  readonly canceled?: AbortSignal;
  readonly proxy?: ProxyServer;
  /** Runs when a request is sent. */
  readonly onSend?: (n: number) => void;
}

/** Capture, on a network that returns these replies, one after the other. The last one comes again and again. */
export function fakeSession(replies: readonly Reply[], given: FakeSessionOptions = {}) {
  const { authScheme = 'basic-auth', totalMs = 60_000, proxy, onSend = () => {} } = given;
  const sent: Sent[] = [];
  const clock = fakeClock();
  const timeLimit = startTimeLimit(totalMs, clock, given.canceled ?? new AbortController().signal);
  const { log, said } = notebook();
  const transport = {
    proxy,
    async send(request: HttpRequest): Promise<HttpResponse> {
      const form = request.body ?? request.path.split('?')[1] ?? '';
      sent.push({ ...request, form: Object.fromEntries(new URLSearchParams(form)) });
      onSend(sent.length);
      const reply = replies[Math.min(sent.length, replies.length) - 1] ?? {};
      if (reply instanceof Error) throw reply;
      const { text, ...head } = 'text' in reply ? reply : { text: JSON.stringify(reply) };
      return { status: 200, headers: {}, ...head, body: Buffer.from(text as string) };
    },
    close: async () => {},
  };
  const options = { ...{ host, extraCaCerts: '', transport, clock, timeLimit }, userAgent: 'agent', log };
  const sender = openSender(options);
  const repeat = createRepeat({ clock, timeLimit, random: () => 0, log });
  const open = (as?: Credentials) => openCapture({ owner, authScheme, sender, repeat, clock, log }, as);
  return { capture: open(), captureAs: open, sent, clock, timeLimit, said };
}

export const noResponse = (reason: NoResponse['reason'], sent: boolean, code: string) =>
  new NoResponseError({ reason, sent, code, limitMs: 20_000 });

export const rejection = (code: number, extra: object = {}) => ({ stat: 'error', code, ...extra });

/** How Capture rejects the ID of a client that doesn't exist. */
export const unknownId = rejection(200, {
  argument_name: 'for_client_id',
  error_description: 'x is not a valid id',
});

/** Returns what a call throws; throws if it doesn't. */
export async function failureOf(call: Promise<unknown>): Promise<CaptureError> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown === undefined) throw new Error('nothing was thrown');
  return thrown as CaptureError;
}
