import { randomBytes } from 'node:crypto';

/** The 31 characters of the API's own identifiers: no 0, 1, i, l, o. */
export const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';

/** A new client id or client secret: 32 characters. */
export const newIdentifier = (): string => randomText(32);

/** A new `request_id`: 16 characters. */
export const newRequestId = (): string => randomText(16);

// Bytes from this one on would make some characters likelier than others.
const LIMIT = 256 - (256 % ALPHABET.length);
const CHARACTERS = Buffer.from(ALPHABET);

// A buffer and not a string that grows: an emulator can have 200,000 clients.
function randomText(length: number): string {
  const text = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    for (const byte of randomBytes(length + 8)) {
      if (byte >= LIMIT || filled === length) continue;
      text[filled] = CHARACTERS[byte % CHARACTERS.length] as number;
      filled += 1;
    }
  }
  return text.toString('latin1');
}
