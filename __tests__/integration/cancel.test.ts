import { describe, expect, test } from '@jest/globals';
import { Job, type StageControl, type StageResult } from '../support/runner/run.ts';
import { onPullRequest, root, Scenario } from '../support/scenario.ts';

const event = onPullRequest(42);
const lifetimes = ['run', 'job', 'pull_request'];

/** Starts create and acts on its process when the nth request has reached Capture. */
async function createUntil(
  scenario: Scenario,
  inputs: Record<string, string>,
  nth: number,
  act: (control: StageControl) => unknown,
): Promise<StageResult> {
  let control: StageControl | undefined;
  const poll = setInterval(() => {
    if (control === undefined || scenario.emulator.requests.length < nth) return;
    clearInterval(poll);
    act(control);
  }, 2);
  try {
    return await scenario.create(inputs, {
      ...event,
      onStart: (started) => {
        control = started;
      },
    });
  } finally {
    clearInterval(poll);
  }
}

describe.each(lifetimes)('a %s client', (lifetime) => {
  test.concurrent.each([0, 60, 120, 180, 240, 300, 400, 500, 700, 900])(
    'canceled %d ms after the start leaves nothing, or was handed over in time',
    async (ms) => {
      await using scenario = await Scenario.start({ emulator: { latencyMs: 200 } });
      const main = await scenario.create(
        { lifetime, enforce_expiry: 'true', expires_in: '1h' },
        { ...event, onStart: (control) => setTimeout(() => control.cancel(), ms) },
      );
      expect(await scenario.post()).toMatchObject({ conclusion: 'success', annotations: [] });
      const isKept = lifetime !== 'job' && main.outputs.client_id !== undefined;
      expect(scenario.ids).toEqual(isKept ? [main.outputs.client_id] : []);
    },
    120_000,
  );

  test.concurrent('killed ten seconds before a late commit leaves nothing', async () => {
    await using scenario = await Scenario.start({
      faults: [{ kind: 'late-commit', ms: 10_000, call: 'clients/add' }],
    });
    const nth = lifetime === 'pull_request' ? 2 : 1;
    const main = await createUntil(scenario, { lifetime }, nth, (control) => control.kill('SIGKILL'));
    expect(main.signal).toBe('SIGKILL');
    expect(await scenario.post()).toMatchObject({ conclusion: 'success', annotations: [] });
    expect(scenario.clients).toEqual([]);
    expect(scenario.callsOf('clients/delete')).toHaveLength(1);
  }, 120_000);

  test.concurrent.each([
    ['hang-after-commit', 'SIGINT'],
    ['hang-before-commit', 'SIGINT'],
    ['hang-after-commit', 'SIGKILL'],
  ] as const)(
    'after %s and %s, nothing is left',
    async (kind, signal) => {
      await using scenario = await Scenario.start({ faults: [{ kind, call: 'clients/add' }] });
      const nth = lifetime === 'pull_request' ? 2 : 1;
      const act = (control: StageControl) => (signal === 'SIGINT' ? control.cancel() : control.kill(signal));
      const main = await createUntil(scenario, { lifetime }, nth, act);
      expect(main.outputs).toEqual({});
      if (signal === 'SIGINT') expect(main).toMatchObject({ signal: null, exitCode: 1 });
      expect(await scenario.post()).toMatchObject({ conclusion: 'success', annotations: [] });
      expect(scenario.clients).toEqual([]);
    },
    120_000,
  );
});

test.each([0, 50, 100, 150, 200, 300])(
  "a canceled run that cleans up doesn't delete the client of a run that reuses it %d ms later",
  async (delay) => {
    await using scenario = await Scenario.start({ emulator: { latencyMs: 100 } });
    const canceled = await createUntil(scenario, { lifetime: 'pull_request' }, 3, (control) =>
      control.kill('SIGKILL'),
    );
    expect(canceled.outputs).toEqual({});
    const other = new Job();
    try {
      const post = scenario.post();
      await new Promise((resolve) => setTimeout(resolve, delay));
      const reused = await other.step({
        action: root,
        inputs: { ...scenario.requiredInputs, lifetime: 'pull_request' },
        ...event,
      });
      expect(reused.conclusion).toBe('success');
      expect(await post).toMatchObject({ conclusion: 'success', annotations: [] });
      await other.post();
      const { client_id = '', client_secret = '' } = reused.outputs;
      expect(scenario.ids).toEqual([client_id]);
      expect(scenario.emulator.authenticates(client_id, client_secret)).toBe(true);
    } finally {
      await other.dispose();
    }
  },
  60_000,
);

test('an error outside of every promise causes a warning, not a red job', async () => {
  await using scenario = await Scenario.start();
  // Loaded into both stages, but only thrown in the post step, which has saved state.
  const fault = "setTimeout(() => { if (process.env.STATE_creation) throw new Error('late socket'); }, 30)";
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}` };
  await scenario.create({ lifetime: 'job' }, { env });
  scenario.emulator.inject({ kind: 'slow', ms: 500, call: 'clients/delete' });
  const post = await scenario.post();
  expect(post).toMatchObject({ exitCode: 0, conclusion: 'success' });
  expect(post.annotations).toMatchObject([
    { level: 'warning', message: expect.stringMatching(/late socket/) },
  ]);
  expect(scenario.clients).toEqual([]);
});
