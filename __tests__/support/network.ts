import type { LookupAddress, lookup } from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { type PrepareRequestFunctionOpts, Server as ProxyServer } from 'proxy-chain';
import { generate } from 'selfsigned';

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

const allNames = ['capture.test', 'github.test', 'localhost'];

/** Makes a certificate for these names. Without an issuer, it's self-signed. */
export async function certify(names = allNames, issuer?: Identity): Promise<Identity> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: names[0] ?? '' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) }],
    ...(issuer && { ca: issuer }),
  });
  return { cert, key };
}

/** A certificate authority that nothing trusts by default. */
export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), 'authority-'));
  readonly #identity: Identity;

  private constructor(identity: Identity) {
    this.#identity = identity;
    writeFileSync(this.file, identity.cert);
  }

  static async start(): Promise<Authority> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'An authority' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, critical: true },
      ],
    });
    return new Authority({ cert, key });
  }

  /** For NODE_EXTRA_CA_CERTS. */
  get file(): string {
    return join(this.#folder, 'ca.pem');
  }

  certify(names?: string[]): Promise<Identity> {
    return certify(names, this.#identity);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Accepts TLS on 127.0.0.1 and forwards to a server there that uses plain HTTP. */
export class TlsFront {
  /** How many connections were opened. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(identity: Identity, target: URL) {
    // HTTP/2 is offered, as by many servers. The server behind only knows HTTP/1.1.
    this.#server = createServer({ ...identity, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
      const onward = connect(Number(target.port), target.hostname);
      for (const one of [socket, onward]) one.on('error', () => {}).on('close', () => end(socket, onward));
      socket.pipe(onward).pipe(socket);
    });
    this.#server
      .on('tlsClientError', () => {})
      .on('connection', (socket) => {
        this.connections += 1;
        this.#sockets.add(socket);
      });
  }

  static async start(identity: Identity, target: string): Promise<TlsFront> {
    const front = new TlsFront(identity, new URL(target));
    front.#server.listen(0, '127.0.0.1');
    await once(front.#server, 'listening');
    return front;
  }

  /** For connections from now on. */
  set identity(identity: Identity) {
    this.#server.setSecureContext(identity);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    end(...this.#sockets);
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function end(...sockets: Socket[]): void {
  for (const socket of sockets) socket.destroy();
}

interface ProxyOptions {
  /** The `name:password` that it requires. */
  readonly credentials?: string;
  /** With one, it uses TLS. */
  readonly identity?: Identity;
}

/** A proxy on 127.0.0.1 that resolves every name to this machine. */
export class LocalProxy {
  /** Every tunnel that it was asked for, `host:port`. */
  readonly asked: string[] = [];
  readonly #server: ProxyServer;

  private constructor({ credentials, identity }: ProxyOptions) {
    const options = {
      host: '127.0.0.1',
      port: 0,
      prepareRequestFunction: ({ username, password, hostname, port }: PrepareRequestFunctionOpts) => {
        this.asked.push(`${hostname}:${port}`);
        const requestAuthentication = credentials !== undefined && credentials !== `${username}:${password}`;
        return { requestAuthentication, dnsLookup: thisMachine as typeof lookup };
      },
    };
    const httpsOptions = { ...identity, ALPNProtocols: ['h2', 'http/1.1'] };
    this.#server = new ProxyServer(identity ? { ...options, serverType: 'https', httpsOptions } : options);
  }

  static async start(options: ProxyOptions = {}): Promise<LocalProxy> {
    const proxy = new LocalProxy(options);
    await proxy.#server.listen();
    return proxy;
  }

  get port(): number {
    return this.#server.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close(true);
  }
}

type Found = (error: null, address: string | LookupAddress[], family?: number) => void;

function thisMachine(_name: string, { all }: { all?: boolean }, found: Found): void {
  if (all) found(null, [{ address: '127.0.0.1', family: 4 }]);
  else found(null, '127.0.0.1', 4);
}
