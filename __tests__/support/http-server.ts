import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One connection as the server saw it. */
export interface Connection {
  readonly socket: Socket;
  /** Every byte that came in so far. */
  received(): string;
  /** Resolves once the connection is gone. */
  readonly closed: Promise<void>;
}

export interface Server {
  readonly port: number;
  readonly connections: readonly Connection[];
  /** Every byte that came in so far, over whichever connection. */
  received(): string;
}

/** What to do with the nth request (from 1); it has arrived whole. */
export type OnRequest = (socket: Socket, n: number) => void;

/**
 * Runs a test against a TCP server on 127.0.0.1 that counts HTTP requests and leaves every answer to the test;
 * afterwards nothing of it is left.
 */
export async function withServer(
  onRequest: OnRequest,
  use: (server: Server) => Promise<void>,
): Promise<void> {
  const connections: Connection[] = [];
  let requests = 0;
  const listener = createServer((socket) => {
    let received = '';
    let pending = '';
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    connections.push({ socket, closed, received: () => received });
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', (chunk) => {
      received += chunk;
      pending += chunk;
      if (!isWhole(pending)) return;
      pending = '';
      requests += 1;
      onRequest(socket, requests);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  try {
    await use({ port, connections, received: () => connections.map((one) => one.received()).join('') });
  } finally {
    for (const { socket } of connections) socket.destroy();
    listener.close();
    await once(listener, 'close');
  }
}

/** Has all of a request arrived? */
export function isWhole(request: string): boolean {
  const [head = '', body] = request.split('\r\n\r\n');
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  return body !== undefined && body.length >= length;
}

/** An answer with a `Content-Length`. */
export function httpAnswer(body: string, head = 'HTTP/1.1 200 OK'): string {
  return `${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Waits for something that has to happen soon, or fails. */
export async function soon<T>(promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const tooLate = sleep(5000, undefined, { signal: timer.signal }).then(() => {
    throw new Error('did not happen within five seconds');
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    timer.abort();
    await tooLate.catch(() => {});
  }
}

/** Waits until a condition holds, or fails. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries === 500) throw new Error('did not come true within five seconds');
    await sleep(10);
  }
}
