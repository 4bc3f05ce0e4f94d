/** For identifiers, which have to be unique, not secret: node:crypto would take 4 ms to load. */
export function randomHex(digits: number): string {
  let hex = '';
  // Math.random has 52 random bits: 13 digits.
  while (hex.length < digits) hex += Math.random().toString(16).slice(2, 15).padEnd(13, '0');
  return hex.slice(0, digits);
}
