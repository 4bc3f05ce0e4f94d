import { describe, expect, test } from '@jest/globals';
import type { Client } from '../../../src/capture/client.ts';
import { formatDescription, type Label, type Purpose } from '../../../src/lifecycle/label.ts';
import type { Sweep, Swept } from '../../../src/lifecycle/sweep.ts';
import { warnAboutLeftover } from '../../../src/reports/cleanup-report.ts';
import { remarkOnInputs, reportClient, summarize } from '../../../src/reports/create-report.ts';
import { deleteOutputs, reportDeletion } from '../../../src/reports/delete-report.ts';
import { reportSweep, summarizeSweep, sweepOutputs } from '../../../src/reports/sweep-report.ts';
import { reportUnsealed } from '../../../src/reports/unseal-report.ts';
import {
  captureError,
  createInputs,
  type Given,
  notebook,
  pullRequestLabel,
  pushContext,
  runLabel,
} from '../../support/fixtures.ts';

const host = 'capture.example.com';
const definite = captureError({ applied: 'no' });
const open = captureError({ applied: 'unknown' });
const jobLabel: Label = { ...runLabel, purpose: { lifetime: 'job', runId: '5678' } };

describe('create', () => {
  function provided(label: Label = runLabel, changes: Partial<Client> = {}, created = true) {
    const description = formatDescription({ text: 'words', label });
    const client = { clientId: 'id', clientSecret: 'hush', description, features: ['login_client'] };
    return { client: { ...client, ...changes }, label, created };
  }

  test.each([
    ['of a run', provided(), undefined],
    ['of a run, sealed', provided(), 'k'.repeat(32)],
    ['of a job', provided(jobLabel), undefined],
    ['of a pull request, reused', provided(pullRequestLabel, {}, false), undefined],
    ['without features', provided(runLabel, { features: [] }), undefined],
    ['with two features', provided(runLabel, { features: ['login_client', 'owner'] }), undefined],
    ['that reads records', provided(runLabel, { features: ['direct_read_access'] }), undefined],
    ['that writes records', provided(runLabel, { features: ['x', 'direct_access'] }), undefined],
    ['whose label is lost', provided(runLabel, { description: 'words' }), undefined],
  ])('tells all about a client %s', (_, client, sealKey) => {
    const { log, said } = notebook();
    const inputs = { ...createInputs(), sealKey };
    reportClient(client, inputs, log);
    const summary = summarize(client, inputs).map((row) => row.join(' | '));
    expect([...said, ...summary].join('\n')).toMatchSnapshot();
    expect(said.join('\n')).not.toContain('hush');
  });

  test.each<[string, Given, unknown[]]>([
    ["the vendor's domain", {}, []],
    ['loopback', { capture_domain: 'http://localhost:8080' }, []],
    [
      'another domain',
      { capture_domain: 'https://capture.example.com:8443' },
      [
        expect.stringMatching(
          /^notice: capture\.example\.com is not one of the vendor's own Capture domains/,
        ),
      ],
    ],
    ['login_client alone', { features: 'login_client' }, []],
    ['two features without it', { features: 'direct_access, direct_read_access' }, []],
    [
      'login_client and another',
      { features: 'direct_access, login_client' },
      [expect.stringMatching(/^warning: login_client goes with no other feature/)],
    ],
  ])('remarks on %s: %j', (_, given, remarks) => {
    const { log, said } = notebook();
    remarkOnInputs(createInputs(given), log);
    expect(said).toEqual(remarks);
  });
});

describe('delete', () => {
  const nothing = { deleted: [], failures: [], total: 12 };
  const purpose: Purpose = runLabel.purpose;
  const ofPullRequest: Purpose = { lifetime: 'pull_request', pullRequest: 42 };

  test.each([
    ['an id', { clientId: 'abc' }, 'abc'],
    ['a run', { purpose, name: undefined }, 'labeled acme/shop run 5678'],
    ['a pull request', { purpose: ofPullRequest, name: undefined }, 'labeled acme/shop #42'],
    ['a name', { purpose, name: 'api' }, 'labeled acme/shop run 5678 (name api)'],
  ])('that finds nothing says what it looked for by %s', (_, target, told) => {
    const { log, said } = notebook();
    reportDeletion(nothing, target, runLabel.origin, host, log);
    expect(said).toEqual([`info: Deleted 0: no client ${told} among 12 clients at ${host}.`]);
  });

  test('names what is gone', () => {
    const { log, said } = notebook();
    const deletion = { ...nothing, deleted: ['a', 'b'] };
    reportDeletion(deletion, { clientId: 'x' }, runLabel.origin, host, log);
    expect(said).toEqual(['info: Deleted client a.', 'info: Deleted client b.']);
    expect(deleteOutputs(deletion)).toEqual({ deleted: '2', client_ids: '["a","b"]' });
  });

  test('fails where something is left, even if that is all there was', () => {
    const { log, said } = notebook();
    const failures = [
      { clientId: 'a', error: definite },
      { clientId: 'b', error: open },
    ];
    reportDeletion({ ...nothing, failures }, { clientId: 'x' }, runLabel.origin, host, log);
    reportDeletion({ ...nothing, deleted: ['c'], failures }, { clientId: 'x' }, runLabel.origin, host, log);
    const left = [
      `fail: Could not delete client a; it still works. ${definite.message}`,
      `Could not delete client b; it may still work. ${open.message}`,
    ];
    expect(said).toEqual([
      [...left, '2 of 2 clients are left. Run this step again when the cause is gone.'].join('\n'),
      'info: Deleted client c.',
      [...left, '2 of 3 clients are left. Run this step again when the cause is gone.'].join('\n'),
    ]);
  });
});

describe('sweep', () => {
  const swept = (clientId: string, parts: Partial<Swept> = {}, label: Label = runLabel): Swept => ({
    client: { clientId, features: [], description: 'hush', label },
    reason: 'expired',
    result: 'deleted',
    ...parts,
  });
  const context = { host, dryRun: false, timeoutMs: 60_000, github: undefined };
  const some: Sweep = {
    total: 99,
    swept: [
      swept('a'),
      swept('b', { reason: 'pull_request_closed' }, pullRequestLabel),
      swept('c', { result: 'failed', failure: definite, reason: 'run_completed' }, jobLabel),
      swept('d', { result: 'failed', failure: open }),
      swept('e', { result: 'failed' }),
      swept('f', { result: 'kept', reason: 'run_not_completed' }),
      swept('g', { result: 'kept', reason: 'pull_request_open' }, pullRequestLabel),
      swept('h', { result: 'kept', reason: 'state_unknown' }),
      swept('i', { result: 'kept', reason: 'label_changed' }),
    ],
  };
  const dry: Sweep = {
    total: 99,
    swept: [swept('a', { result: 'would_delete' }), swept('b', { result: 'kept', reason: 'state_unknown' })],
  };

  test.each([
    ['a sweep', some, context],
    ['a dry one', dry, { ...context, dryRun: true }],
    ['one that found nothing', { total: 0, swept: [] }, context],
  ])('tells all about %s', (_, result, told) => {
    const { log, said } = notebook();
    reportSweep(result, told, log);
    const outputs = sweepOutputs(result);
    const { header, rows, footer } = summarizeSweep(result);
    const table = [header, ...rows].map((row) => row.join(' | '));
    expect(said.join('\n')).toMatchSnapshot();
    expect({ ...outputs, report: JSON.parse(outputs.report as string) }).toMatchSnapshot();
    expect(table.join('\n')).toMatchSnapshot();
    expect(footer).toBeUndefined();
    expect(JSON.stringify([said, outputs])).not.toContain('hush');
  });

  const answers = { stateOf: () => 'unknown' as const, causes: ['HTTP 403', 'no answer'] };
  test.each([
    ['all', 0, /\.\)$/],
    [
      'all but one repository',
      1,
      /\.\) GitHub could not be read for 1 repository \(HTTP 403, no answer; the token needs actions: read and pull-requests: read\); those went by expiry alone\.$/,
    ],
    ['all but two', 2, / for 2 repositories \(/],
  ])('says that GitHub could be read for %s', (_, unread, expected) => {
    const { log, said } = notebook();
    reportSweep(dry, { ...context, github: { ...answers, unread } }, log);
    expect(said.at(-1)).toMatch(expected);
  });

  test.each([
    [100, 101],
    [101, 102],
  ])('of %d clients is no longer than a reader can bear', (count, lines) => {
    const many = { total: count, swept: Array.from({ length: count }, (_, n) => swept(`c${n}`)) };
    const { log, said } = notebook();
    reportSweep(many, context, log);
    expect(said).toHaveLength(lines);
    expect(said.includes(`info: … and 1 more; the output report has them all.`)).toBe(count > 100);
    const table = summarizeSweep(many);
    expect(table.rows).toHaveLength(100);
    expect(table.footer).toBe(count > 100 ? 'And 1 more; the output report has them all.' : undefined);
  });

  test('that fails on many names as many as an annotation holds', () => {
    const failed = Array.from({ length: 20 }, (_, n) => swept(`c${n}`, { result: 'failed' }));
    const { log, said } = notebook();
    reportSweep({ total: 20, swept: failed }, context, log);
    expect(said.at(-1)?.split('\n')).toHaveLength(9);
    expect(said.at(-1)?.length).toBeLessThan(4096);
    expect(said.at(-1)).toMatch(/\n20 of 20 clients at capture\.example\.com should be gone/);
  });

  test('makes names sanitize in the summary', () => {
    const label = { ...runLabel, name: 'a::b', origin: { ...runLabel.origin, name: 'x\ny' } };
    const [row] = summarizeSweep({ total: 1, swept: [swept('a', {}, label)] }).rows;
    expect(row).toEqual(expect.arrayContaining(['x y', 'a: :b']));
  });
});

describe('what a clean-up leaves', () => {
  const creation = {
    origin: runLabel.origin,
    marker: runLabel.marker,
    lifetime: 'run',
    features: [],
    expiresAt: runLabel.expiresAt,
    sends: 1,
    lastSentAt: 0,
    outcome: 'unknown',
    concluded: false,
    handedOver: false,
  } as const;

  test.each([
    ['a client that still works', { clientId: 'id', error: definite }, false],
    ['a client that may still work', { clientId: 'id', error: open }, false],
    ['perhaps a client', { clientId: undefined, error: definite }, false],
    ['perhaps a second client', { clientId: undefined, error: definite }, true],
  ])('is told: %s', (_, leftover, handedOver) => {
    const { log, said } = notebook();
    warnAboutLeftover(leftover, { ...creation, handedOver }, host, log);
    expect(said.join('\n')).toMatchSnapshot();
  });
});

test.each([
  ['this attempt', '2', 1],
  ['an earlier attempt', '1', 2],
])('unseal tells whose credentials it opened: from %s', (_, runAttempt, lines) => {
  const { log, said } = notebook();
  const { expiresAt } = runLabel;
  const sealed = { clientId: 'id', clientSecret: 'hush', captureDomain: `https://${host}` };
  reportUnsealed({ ...sealed, repositoryId: '1234', expiresAt, runAttempt }, pushContext, log);
  expect(said.join('\n')).toMatchSnapshot();
  expect(said).toHaveLength(lines);
  expect(said.join('\n')).not.toContain('hush');
});
