import { describe, expect, test } from '@jest/globals';
import { inspectNetwork } from '../../../src/capture/network-inspection.ts';
import { readNetworkSettings } from '../../../src/capture/network-settings.ts';
import { noNetworkSettings } from '../../support/basics.ts';
import { httpResponse, type OnRequest, withServer } from '../../support/http-server.ts';
import { Authority, certify, TlsFront } from '../../support/network.ts';

const ok: OnRequest = (socket) => socket.end(httpResponse('<html>'));

describe('the network', () => {
  test('is inspected with a request that has no credentials, and any response of HTTP will do', () =>
    withServer(ok, async ({ port, received }) => {
      expect(await inspectNetwork(new URL(`http://127.0.0.1:${port}`), noNetworkSettings)).toEqual({
        addresses: ['127.0.0.1'],
        issuer: undefined,
      });
      expect(received()).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
      expect(received()).not.toMatch(/authorization/i);
    }));

  test('has the issuer of a certificate', () =>
    withServer(ok, async ({ port }) => {
      using authority = await Authority.start();
      await using front = await TlsFront.start(await authority.certify(), `http://127.0.0.1:${port}`);
      const settings = readNetworkSettings({ NODE_EXTRA_CA_CERTS: authority.file });
      const inspected = await inspectNetwork(new URL(`https://localhost:${front.port}`), settings);
      expect(inspected).toMatchObject({ issuer: 'An authority' });
      expect(inspected.addresses).toContain('127.0.0.1');
    }));

  test('fails with the advice about a failed connection', () =>
    withServer(ok, async ({ port }) => {
      await using front = await TlsFront.start(await certify(), `http://127.0.0.1:${port}`);
      const domain = new URL(`https://localhost:${front.port}`);
      await expect(inspectNetwork(domain, noNetworkSettings)).rejects.toThrow(
        /^Could not connect to localhost:\d+ for a test of the connection \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. .* self-signed/,
      );
    }));

  test.each<[string, OnRequest, RegExp | undefined]>([
    ["doesn't speak HTTP", (socket) => socket.end('SSH-2.0\r\n'), /something that isn't HTTP/],
    ['closes the connection', (socket) => socket.destroy(), undefined],
  ])('reaches a host that %s', (_, onRequest, problem) =>
    withServer(onRequest, async ({ port }) => {
      const inspected = inspectNetwork(new URL(`http://127.0.0.1:${port}`), noNetworkSettings);
      if (problem === undefined) await expect(inspected).resolves.toMatchObject({ addresses: ['127.0.0.1'] });
      else await expect(inspected).rejects.toThrow(problem);
    }),
  );

  test('is inspected through the proxy, which resolves the name and keeps its credentials', () =>
    withServer(
      (socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'),
      async ({ port, received }) => {
        const settings = readNetworkSettings({ HTTPS_PROXY: `http://user:hush@127.0.0.1:${port}` });
        await expect(inspectNetwork(new URL('https://capture.invalid'), settings)).rejects.toThrow(
          `The proxy 127.0.0.1:${port} did not open a tunnel to capture.invalid for a test of the connection (HTTP 403).`,
        );
        expect(received()).toMatch(/^CONNECT capture\.invalid:443 /);
      },
    ));

  test.each([
    [{ HTTPS_PROXY: 'socks5://proxy' }, /^HTTPS_PROXY names a SOCKS proxy/],
    [{ NODE_EXTRA_CA_CERTS: '/no/such/file' }, /^Can't read the certificates/],
  ])('fails with settings that cannot be used: %j', async (env, problem) => {
    const settings = readNetworkSettings(env);
    await expect(inspectNetwork(new URL('https://capture.invalid'), settings)).rejects.toThrow(problem);
  });
});
