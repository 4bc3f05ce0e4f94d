import { expect, test } from '@jest/globals';
import { isTlsCode, tlsHint } from '../../../src/capture/tls-error.ts';

const peer = 'capture.example.com';
const trust =
  'put the certificate in a PEM file, and set NODE_EXTRA_CA_CERTS to its path in the env of the job or step.';

test.each([
  [
    'HOSTNAME_MISMATCH',
    'HTTPS_PROXY',
    `The certificate is for a different host than ${peer}. Check HTTPS_PROXY, and check whether something on this network intercepts TLS.`,
  ],
  [
    'CERT_HAS_EXPIRED',
    'capture_domain',
    `The certificate of ${peer} has expired. Have it renewed, and check this runner's clock.`,
  ],
  [
    'CERT_NOT_YET_VALID',
    'capture_domain',
    `The certificate of ${peer} isn't valid yet. Check this runner's clock.`,
  ],
  [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'capture_domain',
    `The certificate of ${peer} is self-signed, so anyone could have made it. If it's the one you expect, ${trust}`,
  ],
  [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'capture_domain',
    `The certificate of ${peer} is from a CA that Node.js doesn't know. If it's your own CA, or that of a proxy that intercepts TLS, ${trust}`,
  ],
  [
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'capture_domain',
    `${peer} doesn't use TLS on this port. Check the port in capture_domain. For an emulator on this machine, put http:// before the host name.`,
  ],
  [
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'HTTP_PROXY',
    `${peer} doesn't use TLS on this port. Check the port in HTTP_PROXY. For a proxy that uses plain HTTP, put http:// before its name.`,
  ],
  [
    'EPROTO',
    'capture_domain',
    `A secure connection to ${peer} wasn't possible. Check capture_domain, and the TLS setup of ${peer}.`,
  ],
] as const)('a failure of TLS has a hint: %s with %s', (code, source, hint) => {
  expect(tlsHint(code, peer, source)).toBe(hint);
  expect(isTlsCode(code)).toBe(true);
});

test.each(['ECONNREFUSED', 'ENOTFOUND', 'ERR_INVALID_ARG_TYPE'])('%s is no failure of TLS', (code) => {
  expect(tlsHint(code, peer, 'capture_domain')).toBeUndefined();
  expect(isTlsCode(code)).toBe(false);
});
