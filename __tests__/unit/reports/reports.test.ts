import { describe, expect, test } from '@jest/globals';
import type { Client } from '../../../src/capture/client.ts';
import type { CleanUpResult } from '../../../src/lifecycle/cleanup.ts';
import type { Provided } from '../../../src/lifecycle/client-request.ts';
import type { Creation } from '../../../src/lifecycle/creation.ts';
import { formatDescription, type Label, type Purpose } from '../../../src/lifecycle/label.ts';
import { reportCleanUp, warnAboutRoute } from '../../../src/reports/cleanup-report.ts';
import { remarkOnInputs, reportClient, summarize } from '../../../src/reports/create-report.ts';
import { deleteOutputs, reportDeletion } from '../../../src/reports/delete-report.ts';
import { reportUnsealed } from '../../../src/reports/unseal-report.ts';
import {
  captureError,
  createInputs,
  type Given,
  notebook,
  now,
  pullRequestLabel,
  pushContext,
  runLabel,
} from '../../support/fixtures.ts';

const host = 'capture.example.com';
const { wording } = pushContext;
const definite = captureError({ applied: 'no' });
const open = captureError({ applied: 'unknown' });
const jobLabel: Label = { ...runLabel, purpose: { lifetime: 'job', runId: '5678' } };

describe('create', () => {
  function provided(label: Label = runLabel, changes: Partial<Client> = {}, created = true): Provided {
    const description = formatDescription({ text: 'words', label });
    const client = { clientId: 'id', clientSecret: 'hush', description, features: ['login_client'] };
    return { client: { ...client, ...changes }, label, created };
  }

  test.each([
    ['of a run', provided(), undefined],
    ['of a run, sealed', provided(), 'k'.repeat(32)],
    ['of a job', provided(jobLabel), undefined],
    ['of a pull request, reused', provided(pullRequestLabel, {}, false), undefined],
    [
      'of a pull request, with a rotated secret',
      { ...provided(pullRequestLabel, {}, false), oldSecretValidUntil: now },
      'k'.repeat(32),
    ],
    ['without features', provided(runLabel, { features: [] }), undefined],
    ['with two features', provided(runLabel, { features: ['login_client', 'owner'] }), undefined],
    ['that reads records', provided(runLabel, { features: ['direct_read_access'] }), undefined],
    ['that writes records', provided(runLabel, { features: ['x', 'direct_access'] }), undefined],
    ['whose label is lost', provided(runLabel, { description: 'words' }), undefined],
  ])('reports everything about a client %s', (_, client, sealKey) => {
    const { log, said } = notebook();
    const inputs = { ...createInputs(), sealKey };
    reportClient(client, inputs, wording, log);
    const summary = summarize(client, inputs, wording).map((row) => row.join(' | '));
    expect([...said, ...summary].join('\n')).toMatchSnapshot();
    expect(said.join('\n')).not.toContain('hush');
  });

  test.each<[string, Given, unknown[]]>([
    ['an Akamai domain', {}, []],
    ['loopback', { capture_domain: 'http://localhost:8080' }, []],
    [
      'another domain',
      { capture_domain: 'https://capture.example.com:8443' },
      [
        "notice (custom Capture domain): capture.example.com isn't an Akamai Capture domain. The owner credentials will be sent to it. Ignore this notice if capture.example.com is your own Capture host name.",
      ],
    ],
    ['only login_client', { features: 'login_client' }, []],
    ['two features without it', { features: 'direct_access, direct_read_access' }, []],
    [
      'login_client and another',
      { features: 'direct_access, login_client' },
      [
        expect.stringMatching(
          /^warning \(features exclude each other\): Akamai's documentation says that login_client and other features exclude each other/,
        ),
      ],
    ],
  ])('remarks on %s: %j', (_, given, remarks) => {
    const { log, said } = notebook();
    remarkOnInputs(createInputs(given), log);
    expect(said).toEqual(remarks);
  });
});

describe('delete', () => {
  const nothing = { deleted: [], failures: [], total: 12 };
  const { origin } = runLabel;
  const byId = { target: { clientId: 'x' }, origin, host };
  const purpose: Purpose = runLabel.purpose;
  const ofPullRequest: Purpose = { lifetime: 'pull_request', pullRequest: 42 };

  test.each([
    ['an ID', { clientId: 'abc' }, 'has the ID abc'],
    ['a run', { purpose, name: undefined }, 'belongs to acme/shop run 5678'],
    ['a pull request', { purpose: ofPullRequest, name: undefined }, 'belongs to acme/shop pull request 42'],
    ['a name', { purpose, name: 'api' }, 'belongs to acme/shop run 5678 with the name api'],
  ])('says that there was nothing to delete for %s', (_, target, condition) => {
    const { log, said } = notebook();
    reportDeletion(nothing, { target, origin, host }, log);
    reportDeletion({ ...nothing, total: 1 }, { target, origin, host }, log);
    expect(said).toEqual([
      `info: Nothing to delete: none of the 12 clients at ${host} ${condition}.`,
      `info: Nothing to delete: no client at ${host} ${condition}.`,
    ]);
  });

  test('names the deleted clients', () => {
    const { log, said } = notebook();
    const deletion = { ...nothing, deleted: ['a', 'b'] };
    reportDeletion(deletion, byId, log);
    expect(said).toEqual(['info: Deleted client a.', 'info: Deleted client b.']);
    expect(deleteOutputs(deletion)).toEqual({ deleted: '2', client_ids: '["a","b"]' });
  });

  test('fails if a client could not be deleted, even if there was only that one', () => {
    const { log, said } = notebook();
    const failures = [
      { clientId: 'a', error: definite },
      { clientId: 'b', error: open },
    ];
    reportDeletion({ ...nothing, failures }, byId, log);
    reportDeletion({ ...nothing, deleted: ['c'], failures }, byId, log);
    const left = [
      `fail (clients not deleted): Could not delete client a, which still works. ${definite.message}`,
      `Could not delete client b, which may still work. ${open.message}`,
    ];
    expect(said).toEqual([
      [...left, 'Could not delete 2 of 2 clients. Fix the cause, then run this step again.'].join('\n'),
      'info: Deleted client c.',
      [...left, 'Could not delete 2 of 3 clients. Fix the cause, then run this step again.'].join('\n'),
    ]);
  });
});

describe('what a cleanup leaves', () => {
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

  const leftover = (clientId: string | undefined, error = definite) => ({
    deleted: [],
    leftovers: [{ clientId, error }],
  });

  test.each([
    ['a client that still works', leftover('id'), false],
    ['a client that may still work', leftover('id', open), false],
    ['perhaps a client', leftover(undefined), false],
    ['perhaps a duplicate', leftover(undefined), true],
  ])('is a warning with the way to finish: %s', (_, result, handedOver) => {
    const { log, said } = notebook();
    reportCleanUp(result, { creation: { ...creation, handedOver }, host, wording }, log);
    expect(said.join('\n')).toMatchSnapshot();
    expect(said).toHaveLength(1);
  });

  const nothing = { deleted: [], leftovers: [] };
  const one = { ...nothing, deleted: ['id'] };

  test.each<[string, CleanUpResult, Partial<Creation>, string]>([
    ['nothing', nothing, {}, `info: Nothing to delete: this step left no client at ${host}.`],
    [
      'nothing',
      nothing,
      { handedOver: true },
      `info: Nothing to delete: this step left no duplicate client at ${host}.`,
    ],
    ['a failed main’s client', one, {}, "info: Deleted client id, which wasn't handed over."],
    [
      'a duplicate',
      one,
      { handedOver: true },
      'info: Deleted client id, a duplicate of the one handed over.',
    ],
    ['the job’s client', one, { handedOver: true, lifetime: 'job' }, 'info: Deleted client id.'],
  ])('is reported if it was deleted: %s', (_, result, changes, line) => {
    const { log, said } = notebook();
    reportCleanUp(result, { creation: { ...creation, ...changes }, host, wording }, log);
    expect(said).toEqual([line]);
  });

  test('is reported after what was deleted', () => {
    const { log, said } = notebook();
    reportCleanUp({ ...one, leftovers: leftover('other').leftovers }, { creation, host, wording }, log);
    expect(said).toEqual([
      expect.stringContaining('Deleted client id,'),
      expect.stringContaining('warning (client not deleted): Could not delete client other'),
    ]);
  });
});

test('cleanup warns about a route that a later step changed, and only about that', () => {
  const { log, said } = notebook();
  warnAboutRoute([], log);
  expect(said).toEqual([]);
  warnAboutRoute(['HTTPS_PROXY', 'NO_PROXY'], log);
  expect(said).toEqual([
    expect.stringMatching(
      /^warning \(network settings changed\): A later step changed HTTPS_PROXY, NO_PROXY\./,
    ),
  ]);
});

test.each([
  ['this attempt', '2', 1],
  ['an earlier attempt', '1', 2],
])('unseal reports whose credentials it decrypted: from %s', (_, runAttempt, lines) => {
  const { log, said } = notebook();
  const { expiresAt } = runLabel;
  const sealed = { clientId: 'id', clientSecret: 'hush', captureDomain: `https://${host}` };
  reportUnsealed({ ...sealed, repositoryId: '1234', expiresAt, runAttempt }, pushContext, log);
  expect(said.join('\n')).toMatchSnapshot();
  expect(said).toHaveLength(lines);
  expect(said.join('\n')).not.toContain('hush');
});
