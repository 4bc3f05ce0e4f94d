const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * Reads a duration: a number and one of the units s, m, h and d (`90m`, `1.5h`).
 * @returns whole seconds, rounded down, at least 1
 * @throws RangeError whose message completes the sentence "NAME …"
 */
export function parseDuration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ?([smhd])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) {
    throw new RangeError(
      `is "${text}", which is not a number with one of the units s, m, h and d (90m, 24h, 14d)`,
    );
  }
  // Rounded first: 2.3 days are a little less than they are in binary.
  const exact = Number((Number(number) * unitSeconds[unit as keyof typeof unitSeconds]).toFixed(6));
  const seconds = Math.floor(exact);
  if (seconds < 1) throw new RangeError(`is "${text}"; the least is 1s`);
  return seconds;
}
