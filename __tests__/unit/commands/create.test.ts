import { describe, expect, test } from '@jest/globals';
import type { Client } from '../../../src/capture/client.ts';
import { create, reportClient, warnAboutInputs } from '../../../src/commands/create.ts';
import { workflowWords } from '../../../src/github/workflow-words.ts';
import type { Cell } from '../../../src/host.ts';
import type { ProvisionedClient } from '../../../src/lifecycle/client-request.ts';
import { formatDescription, type Label } from '../../../src/lifecycle/label.ts';
import { unseal } from '../../../src/secrets/sealing.ts';
import { notebook, now, pullRequestLabel, runLabel } from '../../support/basics.ts';
import { runCommand } from '../../support/fake-host.ts';
import { createInputs, type Given, pushContext } from '../../support/fixtures.ts';

const words = workflowWords(pushContext);

/** What is said about a client of a run. */
function reportOf(
  changes: Partial<Client> = {},
  rest: Partial<ProvisionedClient> & { sealKey?: string } = {},
) {
  const { log, said } = notebook();
  const { label = runLabel, sealKey } = rest;
  const description = formatDescription({ text: 'words', label });
  const client = {
    clientId: 'id',
    clientSecret: 'hush',
    description,
    features: ['login_client'],
    ...changes,
  };
  const provisioned = { client, label, created: true, settings: [], ...rest };
  reportClient(provisioned, { ...createInputs(), sealKey }, { log, words });
  expect(said.join()).not.toContain('hush');
  return said;
}

describe('the report of create', () => {
  test('says what the client can do, and who deletes it when', () => {
    expect(reportOf()).toEqual([
      'info: Client id is ready at example.us-dev.janraincapture.com for acme/shop run 5678 (name preview).',
      expect.stringMatching(/^debug: Description: words \[/),
      'info: Features: login_client (uses the login and registration endpoints).',
      'info: Expires: 2030-01-03T03:04:05Z. Deleted after this run is completed: by the next sweep, or by the delete action (lifetime: run).',
      'info: To use this client in a later job, set `seal_key`, and pass sealed_credentials to the unseal action there.',
    ]);
  });

  test.each<[string, Partial<Client>, Parameters<typeof reportOf>[1], string]>([
    [
      'a rotated secret',
      {},
      { oldSecretValidUntil: now },
      'info: Rotated the secret. The old secret works until 2030-01-02T03:04:05Z.',
    ],
    [
      'sealed credentials',
      {},
      { sealKey: 'k'.repeat(32) },
      'info: To use this client in a later job, pass sealed_credentials to the unseal action.',
    ],
    [
      'no features',
      { features: [] },
      {},
      'notice (no features): This client has no features, so Capture rejects its calls. Set `features`, for example login_client.',
    ],
    ['unknown features', { features: ['x', 'y'] }, {}, 'info: Features: x, y.'],
    [
      'a feature that reads records',
      { features: ['direct_read_access'] },
      {},
      'notice (access to customer records): Anyone who has the secret of client id can read every customer record.',
    ],
    [
      'a feature that changes records',
      { features: ['login_client', 'direct_access'] },
      {},
      'notice (access to customer records): Anyone who has the secret of client id can read and change every customer record.',
    ],
    [
      'a lost label',
      { description: 'words' },
      {},
      "warning (label missing): Capture returned the description of client id without the label at its end. If Capture stored it like that, delete and sweep can't find the client. Use a shorter description, and delete this client in the Console.",
    ],
  ])('mentions %s', (_, changes, rest, line) => {
    expect(reportOf()).not.toContain(line);
    expect(reportOf(changes, rest)).toContain(line);
  });
});

test.each<[string, Given, unknown[]]>([
  ['two features without login_client', { features: 'direct_access, direct_read_access' }, []],
  ['only login_client', { features: 'login_client' }, []],
  [
    'login_client and another feature',
    { features: 'direct_access, login_client' },
    [expect.stringMatching(/^warning \(features exclude each other\): Akamai's documentation says that/)],
  ],
])('create warns before anything is sent, or not: %s', async (_, given, warnings) => {
  const { log, said } = notebook();
  await runCommand(async (host) => warnAboutInputs(createInputs(given), { ...host, log }));
  expect(said).toEqual(warnings);
});

describe('create', () => {
  const text = (cell: Cell | undefined) => (typeof cell === 'object' ? cell.text : cell);
  const rowsOf = (summary: { table?: { rows: readonly (readonly Cell[])[] } | undefined } | undefined) =>
    Object.fromEntries(summary?.table?.rows.map(([name, cell]) => [text(name), text(cell)]) ?? []);

  test('hands over the client as Capture has it, once, and records that', async () => {
    const given = { features: 'login_client', seal_key: 'k'.repeat(32), name: 'preview' };
    const { values, kept, left, summary } = await runCommand(create, { given });
    const [client] = Object.values(left);
    expect(values).toEqual({
      capture_domain: expect.stringMatching(/^http:/),
      client_id: client?.client_id,
      client_secret: client?.client_secret,
      description: client?.description,
      features: ['login_client'],
      created: true,
      expires_at: expect.stringMatching(/Z$/),
      sealed_credentials: expect.any(String),
    });
    const here = { repositoryId: '1234', now: Date.now() };
    expect(await unseal(values.sealed_credentials as string, given.seal_key, here)).toMatchObject({
      ...{ clientId: client?.client_id, clientSecret: client?.client_secret, runAttempt: '2' },
      ...{ captureDomain: values.capture_domain, expiresAt: Date.parse(values.expires_at as string) },
    });
    expect(kept.map(({ creation }) => creation.handedOverId)).toEqual([
      undefined,
      undefined,
      client?.client_id,
    ]);
    expect(summary?.title).toBe('Capture API client');
    expect(summary?.table?.rows[0]?.[1]).toEqual({ text: client?.client_id, isCode: true });
    expect(summary?.table?.rows[2]?.[1]).toMatchObject({
      url: 'https://github.com/acme/shop/actions/runs/5678',
    });
    expect(rowsOf(summary)).toEqual({
      'Client ID': client?.client_id,
      Name: 'preview',
      For: 'acme/shop run 5678',
      Created: 'by this step',
      Features: 'login_client (uses the login and registration endpoints)',
      'Capture domain': expect.stringMatching(/^127/),
      Expires: values.expires_at,
      Cleanup: expect.stringMatching(/^Deleted after this run is completed/),
      'Later jobs': 'To use this client in a later job, pass sealed_credentials to the unseal action.',
    });
  });

  const existing: Label = { ...pullRequestLabel, expiresAt: Date.UTC(2099, 0) };
  const ofPullRequest = { lifetime: 'pull_request', pull_request: '42', name: 'preview' };

  test('shows in the summary that it reused a client, set settings, and enforces the expiry', async () => {
    const given = {
      ...ofPullRequest,
      settings: 'site_name=Shop\nx=1',
      enforce_expiry: 'true',
      expires_in: '1d',
    };
    const { values, summary, said } = await runCommand(create, { given, clients: { old: existing } });
    expect(said.at(-1)).toMatch(/^info: Expires: /);
    expect(values).toMatchObject({ client_id: 'old', created: false });
    expect(rowsOf(summary)).toMatchObject({
      Created: 'earlier, and reused by this step',
      Features: 'none',
      Settings: 'site_name and 1 other setting',
      Expires: expect.stringMatching(/Z; Capture rejects the secret then \(enforced\)$/),
    });
    expect(rowsOf(summary)).not.toHaveProperty('Later jobs');
  });

  test('writes no summary if that is not wanted', async () => {
    expect((await runCommand(create, { given: { show_summary: 'false' } })).summary).toBeUndefined();
  });

  test.each([
    ['clients/add', 'Nothing was created.'],
    ['clients/set_whitelist', 'Client ID was created, then deleted.'],
  ])('that fails at %s says what that means for the client', async (call, meaning) => {
    const faults = [{ kind: 'api-before-commit', call, code: 403 }] as const;
    const given = { ip_allow_list: '10.0.0.0/8' };
    const { thrown, values, left } = await runCommand(create, { given, faults });
    expect(thrown).toMatchObject({ problem: expect.any(String), title: `${call} failed` });
    const message = thrown?.message.replace(/\b[a-z\d]{32}\b/, 'ID');
    expect(message).toContain(` ${meaning} Check that the owner client has the owner feature`);
    expect({ values, left }).toEqual({ values: {}, left: {} });
  });
});
