import { describe, expect, test } from '@jest/globals';
import { printed, Scenario } from '../support/scenario.ts';

test("an error has Capture's code, description, argument, and request ID", async () => {
  await using scenario = await Scenario.start();
  // An error from Capture's documentation. The action itself rejects such a name, so the emulator has to send it.
  const body = JSON.stringify({
    argument_name: 'features',
    request_id: 'b83954jrg5hmc9kr',
    code: 200,
    error_description:
      'features was not valid for the following reason: superuser_owner is not a valid feature name',
    error: 'invalid_argument',
    stat: 'error',
  });
  scenario.emulator.inject({ kind: 'response', status: 200, body });
  const main = await scenario.create({ features: 'login_client' });
  expect(main).toMatchObject({ conclusion: 'failure', exitCode: 1, outputs: {} });
  expect(main.annotations.at(-1)?.message).toBe(
    'Capture rejected clients/add (200 invalid_argument, argument features, request b83954jrg5hmc9kr): ' +
      'features was not valid for the following reason: superuser_owner is not a valid feature name. ' +
      'Correct features, then run this again.',
  );
  expect((await scenario.post()).log).toBe('');
});

test("code 403 names both causes: no owner feature, or an address that isn't on the allow list", async () => {
  await using scenario = await Scenario.start();
  const plain = scenario.emulator.addClient({ description: 'no owner', features: ['direct_access'] });
  const main = await scenario.create({
    owner_client_id: plain.client_id,
    owner_client_secret: plain.client_secret,
  });
  expect(main.log).toMatch(/403 client_permission_error, request [a-z0-9]{16}\)/);
  expect(main.log).toContain('has the owner feature, and that its IP allow list includes this runner');
});

test('wrong credentials are rejected once, with what to check', async () => {
  await using scenario = await Scenario.start();
  const main = await scenario.create({ owner_client_secret: 'another' });
  expect(main.log).toContain(
    'Nothing was created. Check owner_client_id and owner_client_secret: the secret may have been rotated',
  );
  expect(scenario.emulator.requests).toHaveLength(1);
});

describe('retryable failures are retried, and the log says why', () => {
  test.each([
    ['the call limit', { kind: 'api-before-commit', code: 510 }, /510 api_limit_error/],
    ['maintenance', { kind: 'api-before-commit', code: 480 }, /480 api_feature_disabled/],
    ['an edge server that rejects', { kind: 'http-before-commit', status: 429 }, /HTTP 429/],
  ] as const)('%s', async (_, fault, reason) => {
    await using scenario = await Scenario.start({ faults: [{ ...fault, times: 2 }] });
    const main = await scenario.create();
    expect(main.conclusion).toBe('success');
    const retries = main.log.split('\n').filter((line) => line.includes('Trying again in'));
    expect(retries).toHaveLength(2);
    for (const line of retries) expect(line).toMatch(reason);
    expect(scenario.emulator.requests).toHaveLength(3);
    expect(scenario.emulator.clients()).toHaveLength(2);
  });

  test("a host that isn't up yet", async () => {
    await using scenario = await Scenario.start();
    await scenario.emulator.goOffline();
    const main = scenario.create({}, { onStart: () => setTimeout(() => scenario.emulator.goOnline(), 700) });
    expect(await main).toMatchObject({ conclusion: 'success' });
    expect((await main).log).toMatch(/Could not connect to .* \(ECONNREFUSED\)\. Trying again/);
  });

  test('Retry-After is respected, and a wait beyond the time limit fails at once', async () => {
    const faults = [{ kind: 'http-before-commit', status: 429, headers: { 'Retry-After': '2' } } as const];
    await using patient = await Scenario.start({ faults });
    expect((await patient.create()).log).toContain('Trying again in 2.0s (attempt 2)');
    const [first, second] = patient.emulator.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1990);

    await using hurried = await Scenario.start({
      faults: [{ kind: 'http-before-commit', status: 429, headers: { 'Retry-After': '3600' } }],
    });
    const main = await hurried.create({ timeout: '30s' });
    expect(main.log).toContain('Gave up after one attempt: the server asks to wait 3600s (timeout 30s)');
    expect(hurried.emulator.requests).toHaveLength(1);
  });

  test('when the time is up, the error has the last code and request ID', async () => {
    await using scenario = await Scenario.start({
      faults: [{ kind: 'api-before-commit', code: 510, times: Infinity }],
    });
    const main = await scenario.create({ timeout: '2s' });
    expect(main.conclusion).toBe('failure');
    expect(main.annotations.at(-1)?.message).toMatch(
      /510 api_limit_error, request [a-z0-9]{16}\).* Gave up after \d attempts: the time is up \(timeout 2s\)/,
    );
  });
});

describe('the environment', () => {
  test('all invalid inputs are reported at once, and nothing is sent', async () => {
    await using scenario = await Scenario.start();
    const main = await scenario.create({
      'capture-domain': 'x',
      capture_domain: 'http://shop.janraincapture.com',
      owner_client_id: '0b1c8a7e-3a7c-4f6e-9a51-0c7f3c1f2d11',
      auth_scheme: 'basic',
      timeout: '1 week',
      description: 'two\nlines',
      features: 'direct_acess',
      lifetime: 'forever',
      expires_in: '0s',
      allow_privileged_features: 'yes',
      show_summary: 'no',
    });
    expect(scenario.emulator.requests).toEqual([]);
    expect(printed(main)).not.toMatch(/^\s+at /m);
    expect(main.annotations.at(-1)?.message.replace(/^/gm, '  ')).toMatchSnapshot();
  });

  test.each([
    ['a fork', { GITHUB_EVENT_NAME: 'pull_request' }],
    ['Dependabot', { GITHUB_ACTOR: 'dependabot[bot]' }],
  ])('empty credentials in a run from %s get an explanation', async (cause, env) => {
    await using scenario = await Scenario.start();
    const event = { pull_request: { number: 1, head: { repo: { id: 2 } }, base: { repo: { id: 1 } } } };
    const main = await scenario.create({ owner_client_id: '', owner_client_secret: '' }, { env, event });
    expect(main.annotations.at(-1)?.message).toContain(
      `owner_client_id and owner_client_secret are empty: this run comes from ${cause}`,
    );
  });

  test('a missing variable of the runner is named', async () => {
    await using scenario = await Scenario.start();
    const main = await scenario.create({}, { env: { GITHUB_REPOSITORY_ID: '' } });
    expect(main.annotations.at(-1)?.message).toMatch(/^GITHUB_REPOSITORY_ID isn't set\. Nothing was sent\./);
  });
});
