import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { openLog, redact, sanitize } from '../../../src/github/log.ts';
import { maskedForms } from '../../../src/github/masks.ts';
import { anyText } from '../../support/arbitraries.ts';

describe('sanitize text', () => {
  test('starts no command, moves no cursor and turns no text around', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const clean = sanitize(text);
        expect(clean).not.toContain('::');
        expect(clean).not.toContain('##[');
        expect(clean).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
        expect(clean).not.toMatch(/[\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
      }),
      { numRuns: 2000 },
    );
  });

  test('stays as it is once it is sanitize', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(sanitize(sanitize(text))).toBe(sanitize(text));
      }),
    );
  });

  test.each([
    ['::set-output name=x::y', ': :set-output name=x: :y'],
    [':::::', ': : : : :'],
    ['##[add-mask]x', '## [add-mask]x'],
    ['###[x', '### [x'],
    ['#\u0000#[x', '# #[x'],
    [':\u0000:', ': :'],
    ['one\ntwo', 'one two'],
    ['one\r\n::x', 'one  : :x'],
    ['\u001b[31mred\u001b[0m', ' [31mred [0m'],
    ['a\u202eb\u2066c', 'a b c'],
    ['a\u2028b\u0085c', 'a b c'],
  ])('of %j is %j', (text, clean) => {
    expect(sanitize(text)).toBe(clean);
  });

  test('is the text itself where nothing in it could do harm', () => {
    const plain = 'Created client a1 at https://example.com:8443 (#42): naïve ☕ [x] 100%';
    expect(sanitize(plain)).toBe(plain);
  });
});

describe('redacted text', () => {
  const secret = fc.string({
    unit: fc.constantFrom('a', 'b', ':', '#', '[', ' '),
    minLength: 1,
    maxLength: 6,
  });

  test('holds no masked form', () => {
    fc.assert(
      fc.property(fc.array(secret), fc.array(fc.oneof(secret, fc.string())), (forms, parts) => {
        const clean = redact([...parts, ...forms].join('-'), forms);
        for (const form of forms) expect(clean).not.toContain(form);
      }),
    );
  });

  test('hides the longest form first, whatever their order', () => {
    expect(redact('is abc', ['a', 'abc', 'ab'])).toBe('is ***');
    expect(redact('is abc', ['abc', 'ab', 'a'])).toBe('is ***');
  });

  test('hides a form wherever it stands, and as it is written', () => {
    expect(redact('$&.x $&.x', ['$&.'])).toBe('***x ***x');
  });

  test('is the text itself where there is nothing to hide', () => {
    expect(redact('text', [])).toBe('text');
  });
});

describe('a log', () => {
  let written: string;
  let exitCode: typeof process.exitCode;

  beforeEach(() => {
    written = '';
    exitCode = process.exitCode;
    jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      written += chunk;
      return true;
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = exitCode;
  });

  const credentials = { clientId: 'id', clientSecret: 'hu::sh##[x' };
  const methods = ['info', 'notice', 'warning', 'fail', 'debug'] as const;

  test('tells the runner every masked form', () => {
    openLog().mask(credentials);
    const masked = written.split('\n').map((line) => line.replace(/^::add-mask::/, ''));
    expect(masked.map((form) => form.replaceAll('%25', '%'))).toEqual([
      ...maskedForms(credentials.clientSecret, credentials.clientId),
      '',
    ]);
    expect(written.match(/^::add-mask::/gm)).toHaveLength(
      maskedForms(credentials.clientSecret, credentials.clientId).length,
    );
  });

  test('masks nothing where there is no secret', () => {
    openLog().mask({ clientId: 'id', clientSecret: '' });
    expect(written).toBe('');
  });

  test.each(methods)('hides a secret in %s, even one that looks like a command', (method) => {
    const log = openLog();
    log.mask(credentials);
    written = '';
    log[method](`the secret is ${credentials.clientSecret}, at last`);
    expect(written).toContain('the secret is ***, at last');
  });

  test.each(methods)('hides every secret it was ever told of in %s', (method) => {
    const log = openLog();
    log.mask({ clientId: 'a', clientSecret: 'first' });
    log.mask({ clientId: 'b', clientSecret: 'second' });
    written = '';
    log[method](`first second ${Buffer.from('a:first').toString('base64')}`);
    expect(written).toContain('*** *** ***');
  });

  test.each(methods)('lets nobody start a command in %s', (method) => {
    openLog()[method]('x\n::set-output name=a::b\n##[add-mask]y\r::c::');
    const said = written.replace(/^::(?:notice|warning|error|debug)::/, '');
    expect(said).not.toContain('::');
    expect(said).not.toContain('##[');
    expect(said).toContain('x');
  });

  test.each([
    ['info', /^m\n$/],
    ['notice', /^::notice::m\n$/],
    ['warning', /^::warning::m\n$/],
    ['fail', /^::error::m\n$/],
    ['debug', /^::debug::m\n$/],
  ] as const)('says %s as the runner expects it', (method, expected) => {
    openLog()[method]('m');
    expect(written.replaceAll('\r\n', '\n')).toMatch(expected);
  });

  test('fails the step with `fail` alone', () => {
    const log = openLog();
    for (const method of ['info', 'notice', 'warning', 'debug'] as const) log[method]('m');
    expect(process.exitCode).toBe(exitCode);
    log.fail('m');
    expect(process.exitCode).toBe(1);
  });

  test('keeps the lines of a failure apart, in one annotation', () => {
    openLog().fail('one', 'two::');
    expect(written.replaceAll('\r\n', '\n')).toBe('::error::one%0Atwo: :\n');
  });

  test('hides a secret that is no client’s', () => {
    const log = openLog();
    log.maskSecret('hush');
    expect(written).toContain('::add-mask::hush');
    written = '';
    log.info('hush');
    expect(written).toContain('***');
  });

  test('a message of two thousand characters is whole', () => {
    openLog().info('x'.repeat(2000));
    expect(written).not.toContain('…');
  });

  test('a message of pages is shortened, after its secrets are hidden', () => {
    const secret = 's3cret/with+parts';
    const text = `${'x'.repeat(1490)}${secret} ${'y'.repeat(5000)} ${secret}${'z'.repeat(490)}. Run again.`;
    const log = openLog();
    log.mask({ clientId: 'id', clientSecret: secret });
    written = '';
    log.info(text);
    expect(written).toHaveLength(2000 + '…\n'.length);
    expect(written).toContain('x*** y');
    expect(written).not.toContain('parts');
    expect(written).toMatch(/z\. Run again\.\n$/);
  });
});
