type Source = 'capture_domain' | 'HTTPS_PROXY' | 'HTTP_PROXY';

/** Whether this is one of Node's codes for a TLS handshake that failed. No such failure passes by itself. */
export function isTlsCode(code: string): boolean {
  return hints.some(([codes]) => codes.test(code));
}

/**
 * What to do about a TLS handshake that failed, undefined if the code is about something else.
 * @param peer the host or proxy at the other end
 * @param source what names it
 */
export function tlsHint(code: string, peer: string, source: Source): string | undefined {
  return hints.find(([codes]) => codes.test(code))?.[1](peer, source);
}

const trustIt =
  'put the certificate in a PEM file, and set NODE_EXTRA_CA_CERTS to its path in the env of the job or step';

const plainHttp = (source: Source) =>
  source === 'capture_domain'
    ? 'For an emulator on this machine, put http:// before the host name.'
    : 'For a proxy that uses plain HTTP, put http:// before its name.';

const hints: readonly [RegExp, (peer: string, source: Source) => string][] = [
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$|^HOSTNAME_MISMATCH$/,
    (peer, source) =>
      `The certificate is for a different host than ${peer}. Check ${source}, and check whether something on this network intercepts TLS.`,
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    (peer) => `The certificate of ${peer} has expired. Have it renewed, and check this runner's clock.`,
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    (peer) => `The certificate of ${peer} isn't valid yet. Check this runner's clock.`,
  ],
  [
    /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
    (peer) =>
      `The certificate of ${peer} is self-signed, so anyone could have made it. If it's the one you expect, ${trustIt}.`,
  ],
  [
    /^SELF_SIGNED_CERT_IN_CHAIN$|^CERT_SIGNATURE_FAILURE$|^UNABLE_TO_(?:VERIFY|GET_ISSUER)/,
    (peer) =>
      `The certificate of ${peer} is from a CA that Node.js doesn't know. If it's your own CA, or that of a proxy that intercepts TLS, ${trustIt}.`,
  ],
  [
    /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER_FAILURE)$/,
    (peer, source) =>
      `${peer} doesn't use TLS on this port. Check the port in ${source}. ${plainHttp(source)}`,
  ],
  [
    /CERT|^CRL_|^UNABLE_TO_|^INVALID_(?:CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^ERR_(?:TLS|SSL)_|^EPROTO$/,
    (peer, source) =>
      `A secure connection to ${peer} wasn't possible. Check ${source}, and the TLS setup of ${peer}.`,
  ],
];
