import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';

let isTerminal = false;
jest.unstable_mockModule('node:tty', () => ({ isatty: (fd: number) => fd === 2 && isTerminal }));
let written = '';
jest.unstable_mockModule('../../../src/shell/output.ts', () => ({
  openOutput: (fd: number) => ({
    write(text: string) {
      written += `${fd === 2 ? '' : fd}${text}`;
    },
  }),
}));
const { errorLine, openShellLog } = await import('../../../src/shell/shell-log.ts');

const { env, exitCode } = process;

beforeEach(() => {
  written = '';
  isTerminal = false;
});

afterEach(() => {
  process.env = env;
  process.exitCode = exitCode;
});

test.each([
  ['', ''],
  ['1', 'capture-client: d\n'],
])('the log is on standard error, with debug lines if CAPTURE_DEBUG is set: %j', (CAPTURE_DEBUG, debug) => {
  process.env = { CAPTURE_DEBUG };
  const log = openShellLog((input) => `--${input}`);
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

test.each([
  ['', '\u001b[33mwarning: \u001b[39m', '\u001b[31merror: \u001b[39m'],
  ['1', 'warning: ', 'error: '],
])('a terminal has colors unless NO_COLOR is set: %j', (NO_COLOR, warning, error) => {
  isTerminal = true;
  process.env = { NO_COLOR };
  openShellLog(String).warning('w');
  expect(written).toBe(`capture-client: ${warning}w\n`);
  expect(errorLine('error: no error: e')).toBe(`capture-client: ${error}no error: e`);
  expect(errorLine('no error: e')).toBe('capture-client: no error: e');
});

test('it hides secrets', () => {
  const log = openShellLog((input) => input);
  log.maskSecret('hush');
  log.info('hush');
  expect(written).toBe('capture-client: ***\n');
});
