/** The range of all addresses, which a new client has. */
export const EVERY_ADDRESS = '0.0.0.0/0';

/** Whether an IPv4 address is in at least one of the ranges `x.x.x.x/x`. */
export function isAllowed(address: string, ranges: string[]): boolean {
  const number = addressNumber(address);
  return number !== undefined && ranges.some((range) => contains(range, number));
}

/** Why a text isn't a range `x.x.x.x/x`; undefined if it is one. */
export function rangeProblem(text: string): string | undefined {
  const range = parseRange(text);
  // The second text is the API's; the first is ours.
  if (range === undefined) return `invalid cidr address: ${text}; value must use the format x.x.x.x/x`;
  if (range.bits > 32) return `invalid cidr address: ${text}; value after slash must be 32 or less`;
  return undefined;
}

function contains(text: string, number: number): boolean {
  const range = parseRange(text);
  if (range === undefined || range.bits > 32) return false;
  const size = 2 ** (32 - range.bits);
  return Math.floor(number / size) === Math.floor(range.address / size);
}

function parseRange(text: string): { address: number; bits: number } | undefined {
  const [, addressText = '', bits] = /^([\d.]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = addressNumber(addressText);
  return address === undefined ? undefined : { address, bits: Number(bits) };
}

function addressNumber(text: string): number | undefined {
  const parts = text.split('.');
  const isAddress = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  return isAddress ? parts.reduce((number, part) => number * 256 + Number(part), 0) : undefined;
}
