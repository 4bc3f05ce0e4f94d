/** For identifiers, which have to be unique, not secret: node:crypto would take 4 ms to load. */
export function randomHex(digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(Math.random() * 16).toString(16)).join('');
}
