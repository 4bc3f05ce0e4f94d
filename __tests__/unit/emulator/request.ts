import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../emulator/emulator.ts';

export type Credentials = Emulator['owner'];

export interface Message {
  method?: string;
  /** With its query, if any. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Received {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Json = Record<string, unknown>;

/** Runs a test with its own emulator and closes it afterwards. */
export async function emulated(
  options: EmulatorOptions,
  test: (emulator: Emulator) => Promise<void>,
): Promise<void> {
  const emulator = await startEmulator(options);
  try {
    await test(emulator);
  } finally {
    await emulator.close();
  }
}

/** Sends a request over its own connection and reads the whole response. Rejects as node:http does. */
export async function send(emulator: Emulator, message: Message): Promise<Received> {
  const incoming = await open(emulator, message);
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: await text(incoming) };
}

/** Like `send`, but resolves with the head of the response. */
export function open(emulator: Emulator, { method = 'POST', path, headers = {}, body = '' }: Message) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest(`${emulator.domain}${path}`, { method, headers, agent: false }, resolve);
    outgoing.on('error', reject).end(body);
  });
}

/** Makes a call by POST and Basic, by default as the owner, and returns the JSON of the response. */
export async function call(
  emulator: Emulator,
  name: string,
  form: Record<string, string> = {},
  credentials: Credentials = emulator.owner,
): Promise<Json> {
  return JSON.parse((await send(emulator, post(name, form, basic(credentials)))).body);
}

/** A request as the API's documents show it. */
export function post(name: string, form: Record<string, string>, headers: Record<string, string>): Message {
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return { path: `/${name}`, headers: { ...type, ...headers }, body: new URLSearchParams(form).toString() };
}

export function basic({ client_id, client_secret }: Credentials): Record<string, string> {
  const credentials = Buffer.from(`${client_id}:${client_secret}`).toString('base64');
  return { authorization: `Basic ${credentials}` };
}

/** The headers of a janrain-signed request over a string that the test writes itself. */
export function signed({ client_id, client_secret }: Credentials, date: string, stringToSign: string) {
  const signature = createHmac('sha1', client_secret).update(stringToSign).digest('base64');
  return { date, authorization: `Signature ${client_id}:${signature}` };
}

/** The error of a call, without its request id. */
export function errorOf({ request_id, ...error }: Json): Json {
  if (!/^[2-9a-hjkmnp-z]{16}$/.test(String(request_id))) throw new Error(`not a request id: ${request_id}`);
  return error;
}

/** Code 200 as the documents show it. */
export function invalid(argument: string, reason: string): Json {
  return {
    argument_name: argument,
    code: 200,
    error_description: `${argument} was not valid for the following reason: ${reason}`,
    error: 'invalid_argument',
    stat: 'error',
  };
}

/** Code 100 as the documents show it. */
export function missing(argument: string): Json {
  return {
    argument_name: argument,
    code: 100,
    error_description: `missing required argument: ${argument}`,
    error: 'missing_argument',
    stat: 'error',
  };
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
