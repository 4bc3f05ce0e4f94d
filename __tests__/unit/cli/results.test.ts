import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatResult } from '../../../src/cli/results.ts';

describe('the format', () => {
  test('json has every value under its name', () => {
    const result = { client_id: 'id', features: ['a'], created: true, sealed_credentials: undefined };
    expect(JSON.parse(formatResult(result))).toEqual({ client_id: 'id', features: ['a'], created: true });
  });

  test('env gives a shell exactly the value', () => {
    const value = fc.string({ unit: fc.constantFrom("'", '"', '$', '`', '\\', '\n', ' ', 'a', 'ü', '!') });
    fc.assert(
      fc.property(value, (text) => {
        const script = `${formatResult({ client_secret: text }, 'env')}printf '%s.' "$CAPTURE_CLIENT_SECRET"`;
        expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(`${text}.`);
      }),
      { numRuns: 50 },
    );
  });

  test('dotenv has plain values', () => {
    const result = {
      client_id: 'id',
      expires_at: '2030-01-02T03:04:05Z',
      capture_domain: 'https://x.example.com',
    };
    expect(formatResult(result, 'dotenv')).toBe(
      'CAPTURE_DOMAIN=https://x.example.com\nCAPTURE_CLIENT_ID=id\nCAPTURE_EXPIRES_AT=2030-01-02T03:04:05Z\n',
    );
  });

  test.each(['a b', 'a"b', 'a\nb', '$a', '#'])(
    'dotenv has no value like %j, and shows none',
    (client_secret) => {
      expect(() => formatResult({ client_secret }, 'dotenv')).toThrow(
        "The value of CAPTURE_CLIENT_SECRET can't be written as dotenv. Use --format json or env.",
      );
    },
  );
});
