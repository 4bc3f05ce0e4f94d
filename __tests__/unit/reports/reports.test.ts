import { describe, expect, test } from '@jest/globals';
import type { Client } from '../../../src/capture/client.ts';
import type { CleanupResult } from '../../../src/lifecycle/cleanup.ts';
import type { ProvidedClient } from '../../../src/lifecycle/client-request.ts';
import type { Creation } from '../../../src/lifecycle/creation.ts';
import { formatDescription, type Label, type Purpose } from '../../../src/lifecycle/label.ts';
import { reportCleanup, warnAboutRoute } from '../../../src/reports/cleanup-report.ts';
import {
  createOutputs,
  remarkOnInputs,
  reportClient,
  summarize,
} from '../../../src/reports/create-report.ts';
import { deleteOutputs, reportDeletion } from '../../../src/reports/delete-report.ts';
import { reportUnsealed, unsealOutputs } from '../../../src/reports/unseal-report.ts';
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
  function provided(label: Label = runLabel, changes: Partial<Client> = {}, created = true): ProvidedClient {
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
      `fail (clients not deleted): Could not delete client a, which may still work. ${definite.message}`,
      `Could not delete client b, which may still work. ${open.message}`,
    ];
    expect(said).toEqual([
      [...left, 'Could not delete 2 of 2 clients. Fix the cause, then try again.'].join('\n'),
      'info: Deleted client c.',
      [...left, 'Could not delete 2 of 3 clients. Fix the cause, then try again.'].join('\n'),
    ]);
  });
});

describe('what a cleanup leaves', () => {
  const creation = {
    origin: runLabel.origin,
    marker: runLabel.marker,
    lifetime: 'run',
    expiresAt: runLabel.expiresAt,
    openSends: [0],
    clients: [],
    requestsEnded: false,
  } as const;

  const leftover = (clientId: string | undefined, error = definite) => ({
    deleted: [],
    leftovers: [{ clientId, error }],
  });

  test.each([
    ['a client', leftover('id'), undefined],
    ['a client whose deletion may have had an effect', leftover('id', open), undefined],
    ['perhaps a client', leftover(undefined), undefined],
    ['perhaps a duplicate of a client that must stay', leftover(undefined), 'kept'],
  ])('is a warning with the way to finish: %s', (_, result, handedOverId) => {
    const { log, said } = notebook();
    reportCleanup(result, { creation: { ...creation, handedOverId }, host, wording }, log);
    expect(said.join('\n')).toMatchSnapshot();
    expect(said).toHaveLength(1);
    expect(said[0]).not.toContain('still works');
    // Only the exception names the client that must stay.
    expect(/except client kept,/.test(said[0] ?? '')).toBe(handedOverId !== undefined);
  });

  const nothing = { deleted: [], leftovers: [] };
  const one = { ...nothing, deleted: ['id'] };

  test.each<[string, CleanupResult, Partial<Creation>, string]>([
    ['nothing', nothing, {}, `info: Nothing to delete: this step left no client at ${host}.`],
    [
      'nothing',
      nothing,
      { handedOverId: 'kept' },
      `info: Nothing to delete: this step left no duplicate client at ${host}.`,
    ],
    [
      'a failed main’s client',
      one,
      {},
      'info: Deleted client id, because its step failed before it set its outputs.',
    ],
    [
      'a duplicate',
      one,
      { handedOverId: 'kept' },
      'info: Deleted client id, a duplicate of the client in the outputs.',
    ],
    ['the job’s client', one, { handedOverId: 'id', lifetime: 'job' }, 'info: Deleted client id.'],
    ['another client of a job', one, { handedOverId: 'x', lifetime: 'job' }, 'info: Deleted client id.'],
    [
      'nothing of a job',
      nothing,
      { handedOverId: 'x', lifetime: 'job' },
      `info: Nothing to delete: this step left no client at ${host}.`,
    ],
  ])('is reported if it was deleted: %s', (_, result, changes, line) => {
    const { log, said } = notebook();
    reportCleanup(result, { creation: { ...creation, ...changes }, host, wording }, log);
    expect(said).toEqual([line]);
  });

  test('is reported after what was deleted', () => {
    const { log, said } = notebook();
    reportCleanup({ ...one, leftovers: leftover('other').leftovers }, { creation, host, wording }, log);
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

test.each([true, false])(
  'the outputs of the create action describe the client as Capture has it (created: %s)',
  (created) => {
    const client = {
      clientId: 'id',
      clientSecret: 'secret',
      description: 'as Capture has it',
      features: ['login_client', 'direct_access'],
    };
    const plain = {
      client_id: 'id',
      client_secret: 'secret',
      description: 'as Capture has it',
      features: '["login_client","direct_access"]',
      created: String(created),
      expires_at: '2030-01-03T03:04:05Z',
    };
    const result = { client, label: runLabel, created };
    expect(createOutputs(result, undefined)).toStrictEqual(plain);
    expect(createOutputs(result, 'a.b.c.d.e')).toEqual({ ...plain, sealed_credentials: 'a.b.c.d.e' });
  },
);

test('the outputs of the unseal action are the credentials that were sealed', () => {
  const sealed = { clientId: 'id', clientSecret: 'secret', captureDomain: 'https://capture.example.com' };
  expect(unsealOutputs(sealed)).toEqual({
    client_id: 'id',
    client_secret: 'secret',
    capture_domain: 'https://capture.example.com',
  });
});
