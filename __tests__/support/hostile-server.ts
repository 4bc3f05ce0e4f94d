import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Emulator } from '../../emulator/emulator.ts';
import { anyText } from './arbitraries.ts';
import { isWhole } from './http-server.ts';
import { formsOf } from './scenario.ts';

/** Whose secret a server may echo. */
export const owner = { client_id: 'ownerownerowner', client_secret: 'p&ss"w%r::d\'<ö ##[x]+/=end' };
/** The client in a success. */
export const made = { client_id: 'madebyhostileserver', client_secret: 'n3w&s "ecret::x' };

/** How a server responds to one request, byte by byte. */
export interface Wire {
  readonly bytes: Buffer;
  /** In pieces of so many bytes, with a pause between them. */
  readonly piece: number;
  readonly pauseMs: number;
  readonly end: 'keep open' | 'close' | 'reset' | 'begin again';
}

const commands = [
  '::set-output name=client_id::stolen',
  'a\n::add-mask::e\r\n##[save-state name=creation]{}\u2028::error::b ##[error]c',
  '::stop-commands::x',
  'x\r::warning::y',
];

/** Any text, and whatever has a meaning for the action, the log, or the runner. */
const hostileText = fc.oneof(
  anyText,
  fc.constantFrom(...commands),
  fc.constantFrom(...formsOf(owner.client_id, owner.client_secret)),
  fc.constantFrom(JSON.stringify(owner.client_secret).slice(1, -1), 'x'.repeat(5000)),
);

const label = (subject: string, until: string) =>
  `x [capture-client-action/1 github.com id 123456 acme/shop, ${subject}, name preview, until ${until}, 0123456789abcdef01234567]`;
const description = fc.oneof(
  hostileText,
  fc.constantFrom(
    label('pull request 42', '2999-01-01T00:00:00Z'),
    label('pull request 42', '2026-01-01T00:00:00Z'),
    label('run 1001', '2999-01-01T00:00:00Z'),
    label('run 1001', '2026-01-01T00:00:00Z'),
  ),
);

/** A valid field, or anything in its place. */
const mostly = <T>(good: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: good, weight: 30 }, { arbitrary: fc.jsonValue({ maxDepth: 2 }), weight: 1 });

const client = fc.record(
  {
    client_id: mostly(
      fc.oneof(fc.constantFrom(made.client_id, owner.client_id, '::error::x', ''), fc.string()),
    ),
    client_secret: mostly(fc.constant(made.client_secret)),
    description: mostly(description),
    features: mostly(
      fc.array(fc.oneof(fc.constantFrom('login_client', 'owner'), hostileText), { maxLength: 3 }),
    ),
    whitelist: mostly(fc.array(hostileText, { maxLength: 2 })),
    '["__proto__"]': fc.jsonValue({ maxDepth: 1 }),
  },
  { requiredKeys: ['client_id', 'client_secret', 'description', 'features'] },
);
const failure = fc.record(
  {
    stat: mostly(fc.constant('error')),
    code: mostly(fc.constantFrom(200, 402, 403, 480, 500, 504, 510, 999, 1e300, -1)),
    error: mostly(hostileText),
    error_description: mostly(hostileText),
    message: mostly(hostileText),
    request_id: mostly(hostileText),
    argument_name: mostly(fc.oneof(fc.constantFrom('client_id_for_deletion', 'for_client_id'), hostileText)),
  },
  { requiredKeys: ['stat', 'code'] },
);
/** A success of any call. */
const success = fc.tuple(client, fc.array(client, { maxLength: 4 })).map(([one, results]) => ({
  stat: 'ok',
  ...one,
  results,
  result: { site_name: 'x' },
  new_secret: made.client_secret,
  // GitHub's, for a sweep.
  id: 123456,
  full_name: 'acme/shop',
  state: 'closed',
  status: 'completed',
}));

const json = fc
  .oneof({ arbitrary: success, weight: 8 }, { arbitrary: failure, weight: 4 }, fc.jsonValue())
  .map((value) =>
    JSON.stringify(value).replaceAll('["__proto__"]', '__proto__').replaceAll('\\"__proto__\\"', '__proto__'),
  );
const body: fc.Arbitrary<Buffer> = fc.oneof(
  { arbitrary: json.map((text) => Buffer.from(text)), weight: 15 },
  json.map((text) => Buffer.from(`\ufeff${text}`)),
  json.map((text) => gzipSync(text)),
  fc.tuple(json, fc.nat({ max: 60 })).map(([text, length]) => Buffer.from(text.slice(0, -1 - length))),
  fc.constantFrom('[', '{"stat":', '{"results":[').map((start) => Buffer.from(start.repeat(50_000))),
  hostileText.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);

/** Most responses let the step continue. */
const headerLines = fc.oneof(
  { arbitrary: fc.constant(['Content-Type: application/json']), weight: 3 },
  fc.array(
    fc.constantFrom(
      'Content-Type: application/json',
      'Content-Type: ::error::x',
      `Content-Type: ${Buffer.from(owner.client_secret).toString('base64')}`,
      'Content-Encoding: gzip',
      'Content-Encoding: br',
      'Connection: close',
      'Connection: upgrade\r\nUpgrade: h2c',
      'Location: http://127.0.0.1:9/',
      'Retry-After: 1',
      'Retry-After: 99999999999999999999',
      'Retry-After: ::stop-commands::x',
      'Set-Cookie: a=b',
      'Trailer: X',
      ': nameless',
      'no colon',
      ' folded',
      'X-\u0000: \u0001',
      `X-Long: ${'x'.repeat(20_000)}`,
    ),
    { minLength: 1, maxLength: 3 },
  ),
);

/** Where the body ends, correctly or not. */
const framing = fc.constantFrom<(body: Buffer) => [string, Buffer]>(
  ...Array.from({ length: 30 }, () => (all: Buffer): [string, Buffer] => [
    `Content-Length: ${all.length}`,
    all,
  ]),
  (all) => ['', all],
  (all) => [`Content-Length: ${all.length + 10}`, all],
  (all) => [`Content-Length: ${Math.max(0, all.length - 10)}`, all],
  (all) => [`Content-Length: ${all.length}\r\nContent-Length: 1`, all],
  (all) => ['Content-Length: -1', all],
  (all) => ['Content-Length: 1e3', all],
  (all) => ['Content-Length: 99999999999999999999', all],
  (all) => [`Content-Length: 3\r\nTransfer-Encoding: chunked`, chunked(all, 7)],
  (all) => ['Transfer-Encoding: chunked', chunked(all, 1)],
  (all) => ['Transfer-Encoding: chunked', chunked(all, 1000)],
  (all) => ['Transfer-Encoding: chunked', chunked(all, 100).subarray(0, -5)],
  (all) => ['Transfer-Encoding: chunked', Buffer.concat([Buffer.from('ffffffffffffffffff\r\n'), all])],
  (all) => ['Transfer-Encoding: chunked', Buffer.concat([Buffer.from('-1\r\n'), all])],
  (all) => ['Transfer-Encoding: gzip, chunked', chunked(all, 50)],
);

function chunked(all: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < all.length && parts.length < 2000; at += size) {
    const part = all.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)};x="::error::y"\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\nX: ::error::z\r\n\r\n')]);
}

const status = fc.oneof(
  { arbitrary: fc.constantFrom('200 OK'), weight: 8 },
  fc.integer({ min: 100, max: 999 }).map((code) => `${code} X`),
  fc.constantFrom(
    '101 Switching Protocols',
    '204 No Content',
    '304 Not Modified',
    '510 Not Extended',
    '0 X',
    '20 X',
    'OK',
  ),
);
const version = fc.oneof(
  { arbitrary: fc.constant('HTTP/1.1'), weight: 20 },
  fc.constantFrom('HTTP/1.0', 'HTTP/0.9', 'HTTP/2', 'ICY', '\r\n\r\nHTTP/1.1'),
);

/** What a body is encoded with, although nothing asked for it. */
const encoding = fc.constantFrom<readonly [string, (body: Buffer) => Buffer]>(
  ...Array.from({ length: 12 }, () => ['', (all: Buffer) => all] as const),
  ['Content-Encoding: gzip', gzipSync],
  ['Content-Encoding: deflate', deflateSync],
  ['Content-Encoding: br', brotliCompressSync],
);

const response = fc
  .tuple(version, status, headerLines, framing, encoding, body)
  .map(([versionText, statusText, headers, frame, [encodingLine, encode], content]) => {
    const [length, framed] = frame(encode(content));
    const lines = [`${versionText} ${statusText}`, ...headers, encodingLine, length];
    const head = lines.filter((line) => line !== '');
    return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), framed]);
  });

const bytes: fc.Arbitrary<Buffer> = fc.oneof(
  { arbitrary: response, weight: 20 },
  // A second response after the first, as if there were a second request.
  fc.tuple(response, response).map((both) => Buffer.concat(both)),
  fc
    .tuple(fc.constantFrom('100 Continue', '102 X', '103 Early Hints'), response)
    .map(([code, behind]) => Buffer.concat([Buffer.from(`HTTP/1.1 ${code}\r\n\r\n`.repeat(3)), behind])),
  fc
    .constantFrom('', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 200 OK\r\nX: y\r\n', 'X: y\r\n')
    .map((text) => Buffer.from(text)),
  body,
);

export const wire: fc.Arbitrary<Wire> = fc.record({
  bytes,
  piece: fc.oneof({ arbitrary: fc.constant(1_000_000), weight: 4 }, fc.integer({ min: 1, max: 200 })),
  pauseMs: fc.constantFrom(0, 0, 1, 20),
  end: fc.constantFrom('keep open', 'keep open', 'close', 'close', 'reset', 'begin again'),
});

/** A server on 127.0.0.1 that responds as given, request by request, until it becomes an emulator. */
export class HostileServer {
  readonly #wires: readonly Wire[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly requests: string[] = [];
  #emulator: Emulator | undefined;

  private constructor(wires: readonly Wire[]) {
    this.#wires = wires;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
      if (this.#emulator === undefined) this.#listen(socket);
      else this.#forward(socket, this.#emulator);
    });
  }

  /** @param wires the responses in order; the last one is repeated */
  static async start(wires: readonly Wire[]): Promise<HostileServer> {
    const server = new HostileServer(wires);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on, it forwards to this emulator. */
  become(emulator: Emulator): void {
    this.#emulator = emulator;
  }

  #listen(socket: Socket): void {
    let pending = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      pending += chunk;
      if (!isWhole(pending)) return;
      this.requests.push(pending);
      pending = '';
      const wireOf = this.#wires[this.requests.length - 1] ?? this.#wires.at(-1);
      this.#play(wireOf as Wire, socket).catch(() => socket.destroy());
    });
  }

  async #play({ bytes: all, piece, pauseMs, end }: Wire, socket: Socket): Promise<void> {
    do {
      for (let at = 0; at < all.length && !socket.destroyed; at += piece) {
        socket.write(all.subarray(at, at + piece));
        if (pauseMs > 0) await sleep(pauseMs);
      }
      await sleep(1);
    } while (end === 'begin again' && !socket.destroyed);
    if (end === 'close') socket.end();
    if (end === 'reset') socket.resetAndDestroy();
  }

  #forward(socket: Socket, emulator: Emulator): void {
    const upstream = connect(Number(new URL(emulator.domain).port), '127.0.0.1');
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
