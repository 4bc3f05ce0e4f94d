import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { openStepLog } from '../../../src/github/step-log.ts';
import { maskedForms } from '../../../src/secrets/masking.ts';

describe('the log of a step', () => {
  let written: string;
  let exitCode: typeof process.exitCode;

  beforeEach(() => {
    written = '';
    exitCode = process.exitCode;
    jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      written += String(chunk).replaceAll('\r\n', '\n');
      return true;
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = exitCode;
  });

  const credentials = { clientId: 'id', clientSecret: 'hu::sh##[x' };
  const methods = ['info', 'notice', 'warning', 'fail', 'debug'] as const;

  test('passes every masked form to the runner', () => {
    openStepLog().mask(credentials);
    const masked = written.split('\n').map((line) => line.replace(/^::add-mask::/, ''));
    const forms = maskedForms(credentials.clientSecret, credentials.clientId);
    expect(masked.map((form) => form.replaceAll('%25', '%'))).toEqual([...forms, '']);
    expect(written.match(/^::add-mask::/gm)).toHaveLength(forms.length);
  });

  test.each(methods)('hides a secret in %s, even one that looks like a command', (method) => {
    const log = openStepLog();
    log.mask(credentials);
    written = '';
    log[method](`the secret is ${credentials.clientSecret}, at last`);
    expect(written).toContain('the secret is ***, at last');
  });

  test('shows an input as a workflow writes it', () => {
    openStepLog().info('Check `owner_client_id`, or set `lifetime: run`; `--flag` and `no input` stay.');
    expect(written).toBe('Check owner_client_id, or set lifetime: run; `--flag` and `no input` stay.\n');
  });

  test.each([
    ['info', 'm\n'],
    ['debug', '::debug::m\n'],
    ['notice', '::notice title=Capture client::m\n'],
    ['warning', '::warning title=Capture client::m\n'],
    ['fail', '::error title=Capture client::m\n'],
  ] as const)('writes %s as the runner expects it', (method, expected) => {
    openStepLog()[method]('m');
    expect(written).toBe(expected);
  });

  test.each([
    ['notice', '::notice title=Capture client%3A about x::m\n'],
    ['warning', '::warning title=Capture client%3A about x::m\n'],
    ['fail', '::error title=Capture client%3A about x::m\n'],
  ] as const)('adds the title of %s', (method, expected) => {
    openStepLog()[method]('m', 'about x');
    expect(written).toBe(expected);
  });

  test('fails the step only with `fail`', () => {
    const log = openStepLog();
    for (const method of ['info', 'notice', 'warning', 'debug'] as const) log[method]('m');
    expect(process.exitCode).toBe(exitCode);
    log.fail('m');
    expect(process.exitCode).toBe(1);
  });

  test('keeps the lines of a failure separate, in one annotation', () => {
    openStepLog().fail(['one', 'two::']);
    expect(written).toBe('::error title=Capture client::one%0Atwo: :\n');
  });

  test('shortens a failure that GitHub would cut off: the annotation has the last line, the log has them all', () => {
    const lines = Array.from(
      { length: 60 },
      (_, index) => `Could not delete client ${index}. ${'x'.repeat(300)}`,
    );
    openStepLog().fail([...lines, 'Run the sweep again.']);
    const annotation = '::error title=Capture client::Run the sweep again. The log has the other lines.';
    expect(written.trimEnd().split('\n')).toEqual([...lines, 'Run the sweep again.', annotation]);
  });
});
