import { expect, test } from '@jest/globals';
import { configure } from '../../../src/commands/configure.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { pullRequestLabel, runLabel } from '../../support/basics.ts';
import { runCommand } from '../../support/fake-host.ts';

const label: Label = { ...pullRequestLabel, expiresAt: Date.UTC(2099, 0) };
const ofPullRequest = { lifetime: 'pull_request', pull_request: '42', name: 'preview' };
const settings = 'site_name=Shop\nverify_email_url=https://pr-42.example/';
const given = { ...ofPullRequest, settings, ip_allow_list: '10.0.0.0/8' };

test('configure changes the settings and the allow list of the client, and nothing else', async () => {
  const before = await runCommand(async () => {}, { clients: { c1: label } });
  const changed = await runCommand(configure, { given, clients: { c1: label } });
  const { values, said, calls, left, kept } = changed;
  expect(changed.settingsOf('c1')).toEqual({ site_name: 'Shop', verify_email_url: 'https://pr-42.example/' });
  expect(values).toEqual({ client_id: 'c1' });
  expect(calls).toEqual(['list', 'set_whitelist', 'settings/items', 'settings/set_multi']);
  expect(left).toEqual({ c1: { ...before.left.c1, whitelist: ['10.0.0.0/8'] } });
  expect(kept).toEqual([]);
  expect(said).toEqual([
    'info: Limited client c1 to 10.0.0.0/8.',
    'info: Set site_name, verify_email_url of client c1.',
  ]);
});

test.each([
  ['the lowest ID', { b: label, a: label, c: label }, 'a'],
  ['the one that create would reuse', { a: { ...label, expiresAt: 0 }, b: label }, 'b'],
  ['even one that expires soon', { b: { ...label, expiresAt: 0 }, c: { ...label, name: 'other' } }, 'b'],
])('of several clients, configure chooses %s', async (_, clients, chosen) => {
  expect((await runCommand(configure, { given, clients })).values).toEqual({ client_id: chosen });
});

test('of several clients of a run, configure names the one that it changes', async () => {
  const clients = { b: runLabel, a: runLabel };
  const { values, said } = await runCommand(configure, {
    given: { lifetime: 'run', name: runLabel.name, settings: 'site_name=Shop' },
    clients,
  });
  expect(values).toEqual({ client_id: 'a' });
  expect(said).toContain(
    `warning: 2 clients belong to run 5678 with the name ${runLabel.name}. Only client a is configured. Delete the others, or give each a name of its own.`,
  );
});

test.each([
  [{ settings: 'site_name=Shop' }, ['info: Client c1 already has this configuration.']],
  [{ settings: 'site_name=Store' }, ['info: Set site_name of client c1.']],
  [{ ip_allow_list: '10.0.0.0/8' }, ['info: Limited client c1 to 10.0.0.0/8.']],
])('configure says what it changed, or that it changed nothing: %j', async (changes, expected) => {
  const { said } = await runCommand(configure, {
    given: { ...ofPullRequest, ...changes },
    clients: { c1: label },
    emulator: { defaultSettings: { site_name: 'Shop' } },
  });
  expect(said).toEqual(expected);
});

test.each([
  ['clients/list', 'Nothing was changed.'],
  ['settings/set_multi', 'Some of it may be changed. Another run sends only what differs.'],
])('an error of %s says what it means for the client: %s', async (call, meaning) => {
  const faults = [{ kind: 'api-before-commit', call, code: 403 }] as const;
  const { thrown, values } = await runCommand(configure, { given, clients: { c1: label }, faults });
  expect(thrown?.message).toContain(` ${meaning} `);
  expect(thrown).toMatchObject({ title: `${call} failed` });
  expect(values).toEqual({});
});

test.each<[object, Record<string, Label>, string, string]>([
  [
    given,
    { c1: { ...label, name: 'api' } },
    'pull request 42 with the name preview',
    'the pull request is closed and its client was deleted',
  ],
  [
    { ...given, name: '' },
    {},
    'pull request 42 with the name preview',
    'the pull request is closed and its client was deleted',
  ],
  [
    { lifetime: 'run', name: 'api', settings },
    { c1: runLabel },
    'run 5678 with the name api',
    'its client was deleted',
  ],
])(
  'that there is no such client is an error that says why that may be: %#',
  async (inputs, clients, what, reason) => {
    const { thrown, values, calls } = await runCommand(configure, { given: { ...inputs }, clients });
    expect(thrown).toMatchObject({
      title: 'no such client',
      problem: expect.stringMatching(new RegExp(`belongs to acme/shop ${what}\\. Nothing was changed\\.$`)),
      hint: `Check that \`name\` and the ${what.split(' ', what.startsWith('run') ? 1 : 2).join(' ')} are those that the client was created with. If ${reason}, there's nothing to configure.`,
    });
    expect({ values, calls }).toEqual({ values: {}, calls: ['list'] });
  },
);

test.each([
  [ofPullRequest, 'Nothing to change: `settings` and `ip_allow_list` are empty. Set one of them.'],
  [
    { lifetime: 'pull_request', settings },
    "`lifetime`: the event push isn't tied to a pull request. Set `pull_request` to its number, or run this step only on events of pull requests.",
  ],
])('an error about the inputs comes before anything is sent: %j', async (inputs, problem) => {
  const { thrown, calls } = await runCommand(configure, { given: inputs });
  expect(thrown?.message).toBe(`${problem} Nothing was sent to Capture.`);
  expect(calls).toEqual([]);
});
