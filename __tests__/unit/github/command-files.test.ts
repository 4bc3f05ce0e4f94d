import * as fs from 'node:fs';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { anyText } from '../../support/arbitraries.ts';
import { thrownBy, withFolder } from '../../support/fixtures.ts';
import { keyValuePairs } from '../../support/runner/file-commands.ts';

const appendFileSync = jest.fn(fs.appendFileSync);
jest.unstable_mockModule('node:fs', () => ({ ...fs, appendFileSync }));
const { setOutputs } = await import('../../../src/github/command-files.ts');

beforeEach(() => {
  appendFileSync.mockClear();
});

function setOutputsOf(file: string, values: Record<string, unknown>): void {
  process.env.GITHUB_OUTPUT = file;
  setOutputs(values);
}

/** The outputs as the runner reads them from the file. */
function read(file: string): [string, string][] {
  return [...keyValuePairs(fs.readFileSync(file, 'utf8'), false)];
}

const awkward = ['', ' ', 'one\ntwo', '\n', 'ends\n', '\nstarts', 'x=y', 'x<<EOF', 'a\r\nb', 'ghadelimiter_'];

describe('outputs', () => {
  test('are all written with one append, as JSON if they are not text', () =>
    withFolder((path) => {
      const outputs = { client_id: 'id', features: ['owner'], created: true, deleted: 2, report: undefined };
      setOutputsOf(path('output'), outputs);
      expect(appendFileSync).toHaveBeenCalledTimes(1);
      expect(read(path('output'))).toEqual([
        ['client_id', 'id'],
        ['features', '["owner"]'],
        ['created', 'true'],
        ['deleted', '2'],
      ]);
    }));

  test('are added to what the file already contains', () =>
    withFolder((path) => {
      fs.writeFileSync(path('output'), 'a=b\n');
      setOutputsOf(path('output'), { c: 'd' });
      setOutputsOf(path('output'), { e: 'f' });
      expect(Object.fromEntries(read(path('output')))).toEqual({ a: 'b', c: 'd', e: 'f' });
    }));

  test('of any values are read as they were written', () =>
    withFolder((path) => {
      fc.assert(
        fc.property(fc.array(fc.oneof(anyText, fc.constantFrom(...awkward))), (values) => {
          fs.writeFileSync(path('output'), '');
          const outputs = values.map((value, index) => [`name_${index}`, value.toWellFormed()] as const);
          setOutputsOf(path('output'), Object.fromEntries(outputs));
          expect(read(path('output'))).toEqual(outputs);
        }),
      );
    }));

  test('cannot be ended by a delimiter that was seen before', () =>
    withFolder((path) => {
      setOutputsOf(path('output'), { first: 'x' });
      const [, delimiter] = /<<(.+)\n/.exec(fs.readFileSync(path('output'), 'utf8')) ?? [];
      setOutputsOf(path('output'), { second: `${delimiter}\nforged=1` });
      expect(read(path('output'))).toEqual([
        ['first', 'x'],
        ['second', `${delimiter}\nforged=1`],
      ]);
    }));

  test.each([
    ['/dev/full', 'ENOSPC: no space left on device, write'],
    ['/', "EISDIR: illegal operation on a directory, open '/'"],
    ['/no/such/folder/output', "ENOENT: no such file or directory, open '/no/such/folder/output'"],
  ])('that cannot be written to %s name the file and the cause', (file, cause) => {
    const error = thrownBy(() => setOutputsOf(file, { client_secret: 'hush' }));
    expect(error).toMatchObject({ name: 'ExpectedError', title: 'unwritable file' });
    expect(error.message).toBe(
      `Could not write GITHUB_OUTPUT (${file}): ${cause}. Check the runner's free disk space and the permissions of the file, then re-run the job.`,
    );
    expect(error.cause).toMatchObject({ code: cause.split(':')[0] });
  });
});
