import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type LogWriter, openLog } from '../../src/log.ts';
import { maskedForms } from '../../src/secrets/masking.ts';
import { anyText, captureIdentifier } from '../support/arbitraries.ts';

/** What a writer got. */
function opened() {
  const lines: string[] = [];
  const writer: LogWriter = {
    write: (_, line) => lines.push(line),
    fail: (failed) => lines.push(...failed),
    hide: (forms) => lines.push(...forms.map((form) => `hide ${form}`)),
    nameOf: (input, value) => `<${input}${value === undefined ? '' : ` is ${value}`}>`,
  };
  return { log: openLog(writer), lines };
}

function lineOf(message: string, ...secrets: string[]): string | undefined {
  const { log, lines } = opened();
  for (const secret of secrets) log.maskSecret(secret);
  log.info(message);
  return lines.at(-1);
}

describe('a log line', () => {
  test('contains no secret, however invisible characters split it', () => {
    const invisible = fc.constantFrom('', '\u200b', '\u2060', '\ufeff', '\u00ad', '\ufe0f');
    fc.assert(
      fc.property(
        captureIdentifier,
        fc.array(invisible, { minLength: 32, maxLength: 32 }),
        (secret, between) => {
          const text = [...secret].map((character, index) => `${character}${between[index]}`).join('');
          expect(lineOf(`echo ${text} end`, secret)).toMatch(/^echo \*\*\* end$/);
        },
      ),
    );
  });

  test('contains no secret that has invisible characters itself', () => {
    const secret = 'a\u200bb::c\u00add';
    expect(lineOf(`echo ${secret} end`, secret)).toBe('echo *** end');
  });

  test('starts no workflow command, even where a secret was', () => {
    fc.assert(
      fc.property(fc.array(anyText), fc.array(fc.string({ minLength: 1, maxLength: 3 })), (texts, forms) => {
        const line = lineOf([...texts, ...forms, '::', ...forms, '##', ...forms, '['].join(''), ...forms);
        expect(line).not.toContain('::');
        expect(line).not.toContain('##[');
      }),
    );
  });

  test('of 2,000 characters is complete', () => {
    expect(lineOf('x'.repeat(2000))).toBe('x'.repeat(2000));
  });

  test('that is longer is shortened after its secrets are hidden, and keeps its end', () => {
    const secret = 's3cret/with+parts';
    const text = `${'x'.repeat(1490)}${secret} ${'y'.repeat(5000)} ${secret}${'z'.repeat(490)}. Run again.`;
    const line = lineOf(text, secret);
    expect(line).toHaveLength(2001);
    expect(line).toContain('x*** y');
    expect(line).not.toContain('parts');
    expect(line).toMatch(/z\. Run again\.$/);
  });
});

describe('a log', () => {
  test('shows inputs as its writer names them, in everything that it prints or shows', () => {
    const { log, lines } = opened();
    const text = 'Check `owner_client_id`, or set `lifetime: run`.';
    const shown = 'Check <owner_client_id>, or set <lifetime is run>.';
    const { exitCode } = process;
    for (const method of ['info', 'notice', 'warning', 'debug', 'fail'] as const) log[method](text);
    log.fail([text, 'and more']);
    process.exitCode = exitCode;
    expect(lines).toEqual([...Array.from({ length: 6 }, () => shown), 'and more']);
    expect(log.show(text)).toBe(shown);
  });

  test('takes only a name, or a name and a word, for an input', () => {
    const { log } = opened();
    for (const text of ['`--flag`', '`two words`', '`a: b c`', '`a:b`', '``'])
      expect(log.show(text)).toBe(text);
  });

  test('hides a secret that contains what looks like an input', () => {
    const { log, lines } = opened();
    const secret = 'hunter`name`2-and-more';
    log.maskSecret(secret);
    log.info(`Set \`name\`, not ${secret}.`);
    expect(lines.at(-1)).toBe('Set <name>, not ***.');
    expect(log.show(secret)).toBe('***');
  });

  test('hides every form of each secret, and passes them to its writer', () => {
    const { log, lines } = opened();
    log.mask({ clientId: 'id', clientSecret: 'hush' });
    log.maskSecret('key');
    const forms = [...maskedForms('hush', 'id'), ...maskedForms('key')];
    expect(lines).toEqual(forms.map((form) => `hide ${form}`));
    expect([...log.forms]).toEqual(forms);
    log.info('hush key');
    expect(lines.at(-1)).toBe('*** ***');
  });
});
