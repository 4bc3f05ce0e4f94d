import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

let written = '';
jest.unstable_mockModule('../../../src/shell/output.ts', () => ({
  openOutput: (fd: number) => ({
    write(text: string) {
      written += `${fd === 2 ? '' : fd}${text}`;
    },
  }),
}));
const { openShellLog } = await import('../../../src/shell/shell-log.ts');

const { exitCode } = process;

beforeEach(() => {
  written = '';
});

afterEach(() => {
  process.exitCode = exitCode;
});

test.each([
  [false, ''],
  [true, 'capture-client: d\n'],
])('the log is on standard error, with debug lines if verbose (%s)', (isVerbose, debug) => {
  const log = openShellLog({ isVerbose, nameOf: (input) => `--${input}` });
  log.info('Check `name`.');
  log.notice('n', 'title');
  log.warning('w');
  log.fail(['one', 'two']);
  log.debug('d');
  expect(written).toBe(
    `capture-client: Check --name.\ncapture-client: note: n\ncapture-client: warning: w\ncapture-client: error: one\ncapture-client: two\n${debug}`,
  );
  expect(process.exitCode).toBe(1);
});

test('it hides secrets', () => {
  const log = openShellLog({ isVerbose: false, nameOf: (input) => input });
  log.maskSecret('hush');
  log.info('hush');
  expect(written).toBe('capture-client: ***\n');
});
