import { expect, test } from '@jest/globals';
import { describeBug, stackLines } from '../../src/errors.ts';
import { thrownBy } from '../support/basics.ts';

const hush = 'hush\u0000hush';

/** What Node and its libraries say about a value that they can't use. */
const errors = [
  thrownBy(() => JSON.parse(hush)),
  thrownBy(() => new Headers({ authorization: `Bearer ${hush}` })),
  thrownBy(() => process.getBuiltinModule('node:child_process').spawnSync('true', [hush])),
  thrownBy(() => process.getBuiltinModule('node:fs').readFileSync(`/no/such/hush`)),
  new TypeError('Failed to parse URL from https://user:hush@proxy'),
  new Error(`a 'hush' and\na "hush"`),
];

test.each(errors)('a bug is reported without what its message quotes: %#', (error) => {
  const text = describeBug(error, 'Report it here.');
  expect(text).toMatch(
    /^Unexpected error: [\w[\] ]*(?:Error|ENOENT).*\. This is a bug in capture-client-action\. /,
  );
  expect(text).toMatch(/ Report it here\.$/);
  expect(text).not.toContain('hush');
});

test('a bug is reported with the rest of its message', () => {
  const error = thrownBy(() => (undefined as unknown as { x: number }).x);
  expect(describeBug(error, 'y')).toContain(
    "TypeError: Cannot read properties of undefined (reading '…'). This",
  );
  expect(describeBug(errors[4], 'y')).toContain('TypeError: Failed to parse URL from …. This');
  expect(describeBug('a \n text', 'y')).toContain('Unexpected error: a text. This');
});

test('the stacks of a bug and its causes are shown, without what their messages quote', () => {
  const lines = stackLines(new Error('look at "hush"', { cause: errors[0] }));
  expect(lines.filter((line) => /^\s+at /.test(line)).length).toBeGreaterThan(2);
  expect(lines.filter((line) => !/^\s+at /.test(line))).toEqual([
    'Error: look at "…"',
    expect.stringMatching(/^SyntaxError/),
  ]);
  expect(lines.join('\n')).not.toContain('hush');
});
