import { describe, expect, test } from '@jest/globals';
import { parseCommandLine, UsageError, usage } from '../../../emulator/command-line.ts';
import type { EmulatorOptions } from '../../../emulator/emulator.ts';

test('without arguments nothing is set', () => {
  expect(parseCommandLine([])).toEqual({ help: false, options: {}, faults: [] });
});

const flags: [string[], EmulatorOptions][] = [
  [['--host=::1'], { host: '::1' }],
  [['--port', '65535'], { port: 65_535 }],
  [['--owner-client-id=a', '--owner-client-secret=b:c'], { owner: { client_id: 'a', client_secret: 'b:c' } }],
  [['--latency=20'], { latencyMs: 20 }],
  [['--max-calls=5'], { maxSimultaneousCalls: 5 }],
  [['--limit-response=http-429'], { limitResponse: 'http-429' }],
  [['--retry-after=0'], { retryAfterSeconds: 0 }],
  [['--compression=raw-deflate'], { compression: 'raw-deflate' }],
  [['--interim-status=103'], { interimStatus: 103 }],
  [['--clock-offset=-60'], { clockOffsetMs: -60_000 }],
  [['--clock-tolerance=300'], { clockToleranceMs: 300_000 }],
  [['--empty-signature=documents'], { emptySignature: 'documents' }],
  [['--read-methods=GET'], { readMethods: 'GET' }],
  [['--wrong-method=http-405'], { wrongMethod: 'http-405' }],
  [['--allow-duplicate-descriptions'], { uniqueDescriptions: false }],
  [['--allow-login-client-with-others'], { loginClientWithOthers: true }],
  [['--max-description-length=255'], { maxDescriptionLength: 255 }],
  [['--truncate-descriptions'], { longDescriptions: 'truncate' }],
  [['--whitelist-in-add'], { whitelistInAdd: true }],
  [['--deletion=403'], { deletion: { code: 403 } }],
  [['--owner-deletion=accept'], { ownerDeletion: 'accept' }],
  [['--new-accepted-after=1'], { newAcceptedAfterMs: 1 }],
  [['--new-listed-after=2'], { newListedAfterMs: 2 }],
  [['--deleted-accepted-for=3'], { deletedAcceptedForMs: 3 }],
  [['--deleted-listed-for=4'], { deletedListedForMs: 4 }],
  [['--old-secret=5'], { oldSecretMs: 5 }],
];

test.each(flags)('%j', (args, options) => {
  expect(parseCommandLine(args).options).toEqual(options);
});

test('faults are in the order of their flags', () => {
  const { faults } = parseCommandLine(['--fault', '{"kind":"garbled"}', '--fault={"kind":"slow","ms":1}']);
  expect(faults).toEqual([{ kind: 'garbled' }, { kind: 'slow', ms: 1 }]);
});

test('the last of several values counts', () => {
  expect(parseCommandLine(['--port=1', '--port=2']).options).toEqual({ port: 2 });
});

describe('--help', () => {
  test('describes every flag in a line that fits a terminal', () => {
    expect(parseCommandLine(['--help', '--port=x']).help).toBe(true);
    for (const [[arg = '']] of flags) expect(usage()).toContain(`\n  ${arg.replace(/=.*/, '')} `);
    for (const line of usage().split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });
});

test.each([
  [['--port', 'x'], '--port must be a whole number from 0 to 65535, not "x".'],
  [['--port', '65536'], '--port must be a whole number from 0 to 65535, not "65536".'],
  [['--port='], '--port must be a whole number from 0 to 65535, not "".'],
  [['--port'], "Option '--port <value>' argument missing; --help lists the options."],
  [['--prot', '1'], "Unknown option '--prot'; --help lists the options."],
  [['--latency', '-1'], "Option '--latency' argument is ambiguous; --help lists the options."],
  [['--latency=1s'], '--latency must be a whole number from 0 to 2147483647, not "1s".'],
  [['--max-calls=0'], '--max-calls must be a whole number of 1 or more, not "0".'],
  [['--wrong-method=404'], '--wrong-method must be code-404 or http-405, not "404".'],
  [['--interim-status=200'], '--interim-status must be 100, 102, or 103, not "200".'],
  [['--deletion=never'], '--deletion must be a whole number from 100 to 999, not "never".'],
  [['--fault=x'], "--fault: this isn't JSON: x"],
  [['8080'], "Unexpected argument '8080'; --help lists the options."],
  [['--owner-client-id', 'foo'], '--owner-client-id and --owner-client-secret go together.'],
  [['--owner-client-secret', 'bar'], '--owner-client-id and --owner-client-secret go together.'],
  [['--owner-client-id', 'a:b', '--owner-client-secret', 'c'], '--owner-client-id must not contain a colon.'],
])('%j is rejected with one sentence', (args, sentence) => {
  expect(() => parseCommandLine(args)).toThrow(UsageError);
  expect(() => parseCommandLine(args)).toThrow(expect.objectContaining({ message: sentence }));
});
