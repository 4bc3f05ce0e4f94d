type Source = 'capture_domain' | 'HTTPS_PROXY';

/**
 * What to do about a TLS handshake that failed, by Node's code for it; undefined if the code is about something else.
 * None of these passes by itself.
 * @param peer the host or proxy that was to prove who it is
 * @param source what names it
 */
export function tlsFault(code: string, peer: string, source: Source): string | undefined {
  return faults.find(([codes]) => codes.test(code))?.[1](peer, source);
}

const trust =
  'put the certificate into a PEM file and its path into NODE_EXTRA_CA_CERTS, in the env of the job or the step';

const plainHttp = {
  capture_domain: 'An emulator on this machine takes http:// before its name.',
  HTTPS_PROXY: 'A proxy that is spoken to in plain http takes http:// before its name.',
};

const faults: readonly [RegExp, (peer: string, source: Source) => string][] = [
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$|^HOSTNAME_MISMATCH$/,
    (peer, source) =>
      `The certificate that came is for another host than ${peer}: is ${source} right, or does something in between answer instead?`,
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    (peer) =>
      `The certificate of ${peer} has expired: whoever runs it has to renew it. Is the clock of this runner right?`,
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    (peer) => `The certificate of ${peer} is not valid yet: is the clock of this runner right?`,
  ],
  [
    /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
    (peer) =>
      `The certificate of ${peer} is self-signed, so anybody could have made it. If it is the one that you expect, ${trust}.`,
  ],
  [
    /^SELF_SIGNED_CERT_IN_CHAIN$|^UNABLE_TO_(?:VERIFY|GET_ISSUER)/,
    (peer) =>
      `The certificate of ${peer} is signed by a CA that Node does not know. If that is a CA of your own, or of a proxy that opens TLS, ${trust}.`,
  ],
  [
    /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER_FAILURE)$/,
    (peer, source) =>
      `${peer} does not speak TLS at that port, but perhaps plain http. Is the port in ${source} right? ${plainHttp[source]}`,
  ],
  [
    /CERT|^UNABLE_TO_|^INVALID_(?:CA|PURPOSE)|^ERR_TLS|^ERR_SSL|^EPROTO$/,
    (peer, source) => `No safe connection to ${peer} came about: is ${source} right, and its TLS in order?`,
  ],
];
