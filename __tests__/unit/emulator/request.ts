import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../emulator/emulator.ts';

export interface Credentials {
  client_id: string;
  client_secret: string;
}

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

/** Runs a test with an emulator of its own and closes it, whatever happens. */
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

/** Sends a request over a connection of its own and reads the answer to its end; rejects as node:http does. */
export async function send(emulator: Emulator, message: Message): Promise<Received> {
  const incoming = await open(emulator, message);
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: await text(incoming) };
}

/** Like `send`, but ends with the head of the answer. */
export function open(emulator: Emulator, { method = 'POST', path, headers = {}, body = '' }: Message) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest(`${emulator.domain}${path}`, { method, headers, agent: false }, resolve);
    outgoing.on('error', reject).end(body);
  });
}

/** Makes a call by POST and Basic, as the owner unless said otherwise, and gives the JSON of the answer. */
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

/** The headers of a janrain-signed request over a string-to-sign that the test spells out. */
export function signed({ client_id, client_secret }: Credentials, date: string, stringToSign: string) {
  const signature = createHmac('sha1', client_secret).update(stringToSign).digest('base64');
  return { date, authorization: `Signature ${client_id}:${signature}` };
}

/** The error of a call, without its request id. */
export function errorOf({ request_id, ...error }: Json): Json {
  if (!/^[2-9a-hjkmnp-z]{16}$/.test(String(request_id))) throw new Error(`no request id: ${request_id}`);
  return error;
}

/** An error as clients-add.txt shows it. */
export function invalid(argument: string, reason: string): Json {
  return {
    argument_name: argument,
    code: 200,
    error_description: `${argument} was not valid for the following reason: ${reason}`,
    error: 'invalid_argument',
    stat: 'error',
  };
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
