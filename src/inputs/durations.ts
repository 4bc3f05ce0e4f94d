import { quote } from './quote.ts';

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * Parses a duration: a number and one of the units s, m, h, and d, such as `90m` or `1.5h`.
 * @returns whole seconds, rounded down, at least 1
 * @throws RangeError
 */
export function parseDuration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([smhd])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) {
    const example = /^\d{1,9}$/.test(text) ? `${text}s` : '30m';
    throw new RangeError(
      `${quote(text)} isn't a duration. Use a number and a unit (s, m, h, or d), for example ${example}.`,
    );
  }
  // Rounded first: in binary, 2.3 days are a little less than they are.
  const exact = Number((Number(number) * unitSeconds[unit as keyof typeof unitSeconds]).toFixed(6));
  const seconds = Math.floor(exact);
  if (seconds < 1) throw new RangeError(`${quote(text)} is too short. Use at least 1s.`);
  return seconds;
}
