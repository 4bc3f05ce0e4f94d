import type { Transform } from 'node:stream';

/**
 * Starts to decode a compressed body. Nothing asks for one, but some edge servers and proxies compress all the same
 * (docs/development/capture-api.md, "Requests and responses").
 * @param encoding the value of Content-Encoding, in lowercase
 * @param start the first bytes
 * @returns undefined for an encoding that's unknown
 */
export function startDecoder(encoding: string, start: Buffer): Transform | undefined {
  // Loaded only for a compressed response, and without a wait: the next bytes are about to arrive.
  const { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } =
    process.getBuiltinModule('node:zlib');
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'br') return createBrotliDecompress();
  if (encoding !== 'deflate') return undefined;
  // Some servers leave out the zlib header, whose first byte ends in 8.
  return ((start[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
}
