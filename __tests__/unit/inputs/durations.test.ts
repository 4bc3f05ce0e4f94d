import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseDuration } from '../../../src/inputs/parsers.ts';

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

describe('a duration', () => {
  test.each([
    ['1s', 1],
    ['90m', 5400],
    ['14d', 1_209_600],
    ['1.5h', 5400],
    ['1.9s', 1],
    ['90 m', 5400],
    ['007m', 420],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test('with a fraction is rounded down to the second, and loses none to arithmetic', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.constantFrom(1, 10, 100),
        fc.constantFrom(...(['s', 'm', 'h', 'd'] as const)),
        (number, divisor, unit) => {
          const seconds = Number((BigInt(number) * BigInt(units[unit])) / BigInt(divisor));
          fc.pre(seconds >= 1);
          expect(parseDuration(`${number / divisor}${unit}`)).toBe(seconds);
        },
      ),
    );
  });

  test.each([
    ...['', '90', 'm', 'h1', '1w', '1H', '1 hour', '90min', '-1h', '+1h', '1,5h', '.5h', '1.h', '1e3s'],
    ...['1h30m', ' 1h', '1h ', '1  h', '1h\n', '0x10s', '١h', 'NaNs', 'Infinitys'],
  ])('%j is invalid', (text) => {
    expect(() => parseDuration(text)).toThrow(
      `"${text}" isn't a duration. Use a number and a unit (s, m, h, or d), for example`,
    );
  });

  test('the example repeats a number that only lacks its unit', () => {
    expect(() => parseDuration('60')).toThrow('for example 60s.');
    for (const text of ['soon', 'x60', '60x', '1234567890'])
      expect(() => parseDuration(text)).toThrow('for example 30m.');
  });

  test.each(['0s', '0d', '0.9s', '0.001m', '0.0h'])('%s is too short', (text) => {
    expect(() => parseDuration(text)).toThrow(`"${text}" is too short. Use at least 1s.`);
  });
});
