import type { IncomingMessage } from 'node:http';

/** A request, as the emulator read it. */
export interface RecordedRequest {
  method: string;
  /** The path without its query: what a signature covers. */
  path: string;
  /** The path without its first slash, such as `clients/add`. */
  call: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** The parameters: of the query for GET, of the body for every other method. */
  form: Record<string, string>;
  /** The time of the emulator's clock, in milliseconds since the epoch. */
  at: number;
}

/** A request with what only the calls need. */
export interface ReceivedRequest extends RecordedRequest {
  /** IPv4. A caller on the IPv6 loopback address counts as 127.0.0.1. */
  remoteAddress: string;
  /** Names of parameters that were sent more than once. */
  repeated: string[];
}

const BODY_LIMIT = 1024 * 1024;

/**
 * Reads a whole request. Returns undefined if its body is larger than 1 MiB.
 * Rejects if the connection ends before the request does.
 */
export async function readRequest(
  incoming: IncomingMessage,
  now: () => number,
): Promise<ReceivedRequest | undefined> {
  const body = await readBody(incoming);
  if (body === undefined) return undefined;
  const [path = '', query = ''] = splitOnce(incoming.url ?? '', '?');
  const method = incoming.method ?? '';
  const parameters = new URLSearchParams(method === 'GET' ? query : isForm(incoming) ? body : '');
  return {
    method,
    path,
    call: path.slice(1),
    headers: flatten(incoming.headers),
    form: Object.fromEntries(parameters),
    at: now(),
    remoteAddress: ipv4Of(incoming.socket.remoteAddress ?? ''),
    repeated: namesSentTwice(parameters),
  };
}

/** The text before and after the first separator; one element if there is none. */
export function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

// Reads to the end even if it's too much: a client that is still sending would see a reset and no response.
async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= BODY_LIMIT) chunks.push(chunk);
  }
  return length <= BODY_LIMIT ? Buffer.concat(chunks).toString('utf8') : undefined;
}

function ipv4Of(address: string): string {
  return address === '::1' ? '127.0.0.1' : address.replace(/^::ffff:/, '');
}

function isForm(incoming: IncomingMessage): boolean {
  const type = incoming.headers['content-type'] ?? '';
  return type.split(';', 1).at(0)?.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}

function flatten(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
}

function namesSentTwice(parameters: URLSearchParams): string[] {
  const names = [...parameters.keys()];
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
