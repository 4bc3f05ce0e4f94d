import { expect, test } from '@jest/globals';
import type { RecordedEvent } from '../support/runner/recording.ts';
import { onPullRequest, Scenario } from '../support/scenario.ts';

const owner = { client_id: 'ownerownerowner', client_secret: 'ownersecretownersecret' };

test('the plain path masks secrets first, saves the intent before the request, and writes outputs last', async () => {
  const identifiers = ['clientclientclient', 'secretsecretsecret'];
  const newIdentifier = (): string => identifiers.shift() ?? '';
  await using scenario = await Scenario.start({ emulator: { owner, newIdentifier } });
  const main = await scenario.create(
    { features: 'login_client', expires_in: '90m', description: 'Preview of the shop' },
    { recording: scenario.recording },
  );
  const post = await scenario.post();

  expect(main.conclusion).toBe('success');
  expect(post.conclusion).toBe('success');
  expect(readable(scenario.events, main.outputs)).toMatchSnapshot();
});

test('one request creates the client, and the post step sends none', async () => {
  await using scenario = await Scenario.start();
  const main = await scenario.create({ features: '["direct_read_access"]' });
  expect(scenario.emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /clients/add',
  ]);
  const post = await scenario.post();

  expect(scenario.emulator.requests).toHaveLength(1);
  expect(post).toMatchObject({ conclusion: 'success', log: '' });
  const created = scenario.emulator.clients().at(-1);
  expect(main.outputs).toEqual({
    client_id: created?.client_id,
    client_secret: created?.client_secret,
    description: created?.description,
    features: '["direct_read_access"]',
    created: 'true',
    expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  });
});

test.each(['basic-auth', 'janrain-signed'])(
  '%s works with a description that is not ASCII',
  async (scheme) => {
    await using scenario = await Scenario.start();
    const main = await scenario.create({ auth_scheme: scheme, description: 'Größe = 1 & 2 + „drei“' });
    expect(main.conclusion).toBe('success');
    expect(scenario.emulator.clients().at(-1)?.description).toMatch(
      /^Größe = 1 & 2 \+ „drei“ \[capture-client/,
    );
    expect(scenario.emulator.requests[0]?.headers.authorization).toMatch(
      scheme === 'basic-auth' ? /^Basic / : /^Signature /,
    );
  },
);

test('the user agent has the version, repository, and run', async () => {
  await using scenario = await Scenario.start();
  await scenario.create();
  expect(scenario.emulator.requests[0]?.headers['user-agent']).toMatch(
    /^capture-client-action\/\d+\.\d+\.\d+ \(github\.com\/acme\/shop; run 1001\)$/,
  );
});

test('the default description has the repository and the pull request or branch', async () => {
  await using scenario = await Scenario.start();
  await scenario.create();
  await scenario.create({}, onPullRequest(42));
  const [, ofBranch, ofPullRequest] = scenario.emulator.clients().map(({ description }) => description);
  expect(ofBranch).toMatch(/^acme\/shop branch main \[/);
  expect(ofPullRequest).toMatch(/^acme\/shop pull request 42 \[/);
});

test('the summary has what is needed to find the client, and show_summary: false leaves it out', async () => {
  await using scenario = await Scenario.start();
  const shown = await scenario.create({ features: 'direct_access' });
  const hidden = await scenario.create({ show_summary: 'false' });
  for (const part of [
    shown.outputs.client_id,
    'direct_access (reads and writes every customer record)',
    new URL(scenario.emulator.domain).host,
    shown.outputs.expires_at,
  ]) {
    expect(shown.summary).toContain(part);
  }
  expect(shown.rawSummary).not.toContain(shown.outputs.client_secret);
  expect(hidden).toMatchObject({ conclusion: 'success', rawSummary: '' });
});

test('annotations point out missing features and access to records', async () => {
  await using scenario = await Scenario.start({ emulator: { loginClientWithOthers: true } });
  const none = await scenario.create();
  expect(none.annotations).toEqual([
    {
      level: 'notice',
      message: expect.stringContaining('This client has no features'),
      title: 'Capture client: no features',
    },
  ]);
  const { annotations } = await scenario.create({ features: 'direct_access' });
  expect(annotations).toEqual([
    {
      level: 'notice',
      message: expect.stringContaining('can read and change every customer record'),
      title: 'Capture client: access to customer records',
    },
  ]);
});

test('features that exclude each other are sent, with a warning', async () => {
  await using scenario = await Scenario.start();
  const main = await scenario.create({
    features: 'login_client, access_issuer',
    allow_privileged_features: 'true',
  });
  expect(main.annotations).toContainEqual({
    level: 'warning',
    message: expect.stringContaining('login_client and other features exclude each other'),
    title: 'Capture client: features exclude each other',
  });
  expect(main.log).toContain('login_client may not be combined with other features');
});

test('privileged features have to be allowed', async () => {
  await using scenario = await Scenario.start();
  const rejected = await scenario.create({ features: 'owner' });
  expect(rejected.conclusion).toBe('failure');
  expect(rejected.log).toContain('set allow_privileged_features: true');
  expect(scenario.emulator.requests).toEqual([]);
  const allowed = await scenario.create({ features: 'owner', allow_privileged_features: 'true' });
  expect(allowed.conclusion).toBe('success');
});

test('empty inputs count as not given', async () => {
  await using scenario = await Scenario.start();
  const names = ['auth_scheme', 'timeout', 'description', 'features', 'lifetime', 'expires_in'];
  const more = ['allow_privileged_features', 'show_summary'];
  const main = await scenario.create(Object.fromEntries([...names, ...more].map((name) => [name, ''])));
  expect(main.conclusion).toBe('success');
  expect(main.summary).not.toBe('');
});

/** Formats events for a snapshot, with names in place of what differs in each run. */
function readable(events: RecordedEvent[], outputs: Record<string, string>): string {
  const secret = Buffer.from(outputs.client_secret ?? '');
  const basic = Buffer.from(`${outputs.client_id}:${outputs.client_secret}`);
  const names: [string | RegExp, string][] = [
    [Buffer.from(`${basic}\n`).toString('base64').replace(/=+$/, ''), '<base64 of id:secret and newline>'],
    [basic.toString('base64').replace(/=+$/, ''), '<base64 of id:secret>'],
    [Buffer.from(`${secret}\n`).toString('base64').replace(/=+$/, ''), '<base64 of secret and newline>'],
    [secret.toString('base64').replace(/=+$/, ''), '<base64 of secret>'],
    [secret.toString('hex'), '<hex of secret>'],
    [secret.toString('hex').toUpperCase(), '<upper-case hex of secret>'],
    [secret.toString(), '<secret>'],
    [outputs.client_id ?? '', '<id>'],
    [/ghadelimiter_[0-9a-f]{32}/g, '<delimiter>'],
    [/127\.0\.0\.1:\d+/g, '<host>'],
    [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>'],
    [/\b[0-9a-f]{24}\b/g, '<marker>'],
    [/"(openSends|expiresAt)":(\[?)\d+/g, '"$1":$2<ms>'],
  ];
  const lines = events.map((event) => {
    if ('http' in event) return `HTTP ${event.http}`;
    const place = 'file' in event ? event.file : event.stream;
    return `${place}: ${String(event.text).trimEnd().replaceAll('\n', '\n    ')}`;
  });
  return names.reduce((text, [from, to]) => text.replaceAll(from, to), lines.join('\n'));
}
