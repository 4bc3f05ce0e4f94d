import { EventEmitter } from 'node:events';
import tls from 'node:tls';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readRoute } from '../../../src/capture/route.ts';

type Issuer = Readonly<Record<string, string | string[]>>;

const lookup = jest.fn<(hostname: string, options: object) => Promise<{ address: string }[]>>();
const connect = jest.fn<(options: object, connected: () => void) => FakeSocket>();
jest.unstable_mockModule('node:dns/promises', () => ({ lookup }));
jest.unstable_mockModule('node:tls', () => ({ ...tls, connect }));
const { inspectNetworkPath } = await import('../../../src/capture/network-path.ts');

class FakeSocket extends EventEmitter {
  timeoutMs: number | undefined;
  expire = (): void => {};
  readonly destroy = jest.fn();
  readonly #certificate: object;

  constructor(issuer?: Issuer) {
    super();
    this.#certificate = issuer === undefined ? {} : { issuer };
  }

  getPeerCertificate(): object {
    return this.#certificate;
  }

  setTimeout(ms: number, expire: () => void): this {
    this.timeoutMs = ms;
    this.expire = expire;
    return this;
  }
}

// The CAs are those that this process started with.
const direct = { ...readRoute(process.env), verifyTls: true, proxies: readRoute({}).proxies };
const domain = new URL('https://capture.test');

/** Opens this socket at the next connection, and lets something happen to it. */
function open(socket: FakeSocket, happen: (connected: () => void) => void): void {
  connect.mockImplementation((_, connected) => {
    process.nextTick(happen, connected);
    return socket;
  });
}

beforeEach(() => {
  jest.clearAllMocks();
  lookup.mockResolvedValue([{ address: '192.0.2.1' }, { address: '2001:db8::1' }]);
  open(new FakeSocket({ CN: 'An authority' }), (connected) => connected());
});

describe('the network path', () => {
  test('has every address, and who issued the certificate', async () => {
    expect(await inspectNetworkPath(domain, direct)).toEqual({
      addresses: ['192.0.2.1', '2001:db8::1'],
      proxy: undefined,
      issuer: 'An authority',
    });
    expect(lookup.mock.calls).toEqual([['capture.test', { all: true }]]);
  });

  test('through a proxy is its host and port, without credentials', async () => {
    const route = readRoute({ HTTPS_PROXY: 'http://user:hush@proxy.test:3128' });
    expect(await inspectNetworkPath(domain, route)).toEqual({
      addresses: undefined,
      proxy: 'proxy.test:3128',
      issuer: undefined,
    });
    expect(lookup).not.toHaveBeenCalled();
    expect(connect).not.toHaveBeenCalled();
  });

  test('has no issuer without TLS', async () => {
    const path = await inspectNetworkPath(new URL('http://127.0.0.1:8080'), direct);
    expect(path).toMatchObject({ addresses: ['192.0.2.1', '2001:db8::1'], issuer: undefined });
    expect(connect).not.toHaveBeenCalled();
  });

  test('has no addresses if the name cannot be resolved', async () => {
    lookup.mockRejectedValue(new Error('no such host'));
    expect(await inspectNetworkPath(domain, direct)).toMatchObject({ addresses: [] });
  });
});

test.each([
  ['https://capture.test', { host: 'capture.test', port: 443, servername: 'capture.test' }],
  ['https://capture.test:8443', { host: 'capture.test', port: 8443, servername: 'capture.test' }],
  ['https://192.0.2.1', { host: '192.0.2.1', port: 443 }],
  ['https://[2001:db8::1]:8443', { host: '2001:db8::1', port: 8443 }],
])('the certificate is asked for as by a call: %s', async (url, options) => {
  await inspectNetworkPath(new URL(url), direct);
  expect(connect.mock.calls.map(([given]) => given)).toEqual([{ ...options, rejectUnauthorized: true }]);
  expect(lookup.mock.calls).toEqual([[options.host, { all: true }]]);
});

describe('the issuer', () => {
  test.each<[string, Issuer | undefined, string | undefined]>([
    ['organization before its common name', { O: 'Example', CN: 'Example R1' }, 'Example'],
    ['first organization', { O: ['First', 'Second'] }, 'First'],
    ['common name without an organization', { CN: 'Example R1' }, 'Example R1'],
    ['absence in a certificate without one', undefined, undefined],
  ])('is its %s', async (_, names, issuer) => {
    const socket = new FakeSocket(names);
    open(socket, (connected) => connected());
    expect(await inspectNetworkPath(domain, direct)).toMatchObject({ issuer });
    expect(socket.destroy).toHaveBeenCalledTimes(1);
  });

  test.each<[string, (socket: FakeSocket) => void]>([
    ['the connection fails', (socket) => socket.emit('error', new Error('reset'))],
    ['the handshake takes too long', (socket) => socket.expire()],
  ])('is unknown if %s', async (_, fail) => {
    const socket = new FakeSocket();
    open(socket, () => fail(socket));
    expect(await inspectNetworkPath(domain, direct)).toMatchObject({ issuer: undefined });
    expect(socket.timeoutMs).toBe(10_000);
    expect(socket.destroy).toHaveBeenCalledTimes(1);
  });

  test('is unknown if the CAs cannot be read', async () => {
    const route = { ...direct, extraCaCerts: '/no/such/file.pem' };
    expect(await inspectNetworkPath(domain, route)).toMatchObject({ issuer: undefined });
    expect(connect).not.toHaveBeenCalled();
  });
});
