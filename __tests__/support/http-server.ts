import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

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
  /** Every byte that came in so far, over any connection. */
  received(): string;
}

/** Handles the nth request (from 1), which has arrived completely. */
export type OnRequest = (socket: Socket, n: number) => void;

/**
 * Runs a test against a TCP server on 127.0.0.1 that counts HTTP requests and leaves every response to the test. Closes
 * everything afterward.
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

/**
 * Listens on 127.0.0.1 so that connecting takes about a second, and responds with `ok`. The process doesn't accept
 * connections at first, and its queue is full: Linux drops the first packet of the next one.
 */
export async function withSlowListener(use: (port: number) => Promise<void>): Promise<void> {
  const listener = new Worker(slowListener, { eval: true });
  const [port] = (await once(listener, 'message')) as [number];
  // As many as the queue takes.
  const fillers = [0, 1].map(() => connect(port, '127.0.0.1').on('error', () => {}));
  try {
    await sleep(100);
    await use(port);
  } finally {
    for (const filler of fillers) filler.destroy();
    await listener.terminate();
  }
}

const slowListener = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'));
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    // Blocks this thread, and so accepts nothing.
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700));
  });
`;

/** Whether a request has arrived completely. */
function isWhole(request: string): boolean {
  const [head = '', body] = request.split('\r\n\r\n');
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  return body !== undefined && body.length >= length;
}

/** A response with a `Content-Length`. */
export function httpResponse(body: string, head = 'HTTP/1.1 200 OK'): string {
  return `${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Waits for something that must happen soon, or fails. */
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

/** Waits until a condition is true, or fails. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries === 500) throw new Error('was not true within five seconds');
    await sleep(10);
  }
}
