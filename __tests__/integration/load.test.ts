import { expect, test } from '@jest/globals';
import { Job, type StageResult } from '../support/runner/run.ts';
import { onPullRequest, root, Scenario } from '../support/scenario.ts';

const maxSimultaneousCalls = 5;
const timeLimitMs = 300_000;

/** The first calls take so long that calls are rejected meanwhile, even on a slow machine. */
const heldMs = 4_000;

interface Step {
  main: StageResult;
  post: StageResult | undefined;
  postCalls: string[];
}

test(
  '50 create steps at once, where Capture allows five calls at a time, get exactly one client each',
  async () => {
    await using scenario = await startFull();
    const steps = await stepsAtOnce(50, scenario, { lifetime: 'run' });
    for (const { main } of steps) expect(main).toMatchObject({ conclusion: 'success', exitCode: 0 });
    const ids = steps.map(({ main }) => main.outputs.client_id);
    expect(new Set(ids).size).toBe(50);
    expect(scenario.ids.sort()).toEqual(ids.toSorted());
    for (const { main } of steps) {
      const { client_id = '', client_secret = '' } = main.outputs;
      expect(scenario.emulator.authenticates(client_id, client_secret)).toBe(true);
    }
    // A call takes effect or is rejected with 510.
    expect(scenario.callsOf('clients/add').length - 50).toBeGreaterThan(0);
    for (const { post, postCalls } of steps) {
      expect(post).toMatchObject({ conclusion: 'success', annotations: [] });
      // A rejected call can't have created a second client, so there is nothing to look for.
      expect(postCalls).toEqual([]);
    }
  },
  timeLimitMs,
);

test(
  '12 runs of one pull request at once get the same client, and no other is left',
  async () => {
    await using scenario = await startFull();
    const steps = await stepsAtOnce(12, scenario, { lifetime: 'pull_request' });
    for (const { main, post } of steps) {
      expect(main).toMatchObject({ conclusion: 'success', exitCode: 0 });
      expect(post).toMatchObject({ conclusion: 'success', annotations: [] });
    }
    const ids = new Set(steps.map(({ main }) => main.outputs.client_id));
    expect(scenario.ids).toEqual([...ids]);
    expect(ids.size).toBe(1);
  },
  timeLimitMs,
);

async function startFull(): Promise<Scenario> {
  return await Scenario.start({
    emulator: { maxSimultaneousCalls, latencyMs: 100 },
    faults: [{ kind: 'slow', ms: heldMs, times: maxSimultaneousCalls }],
  });
}

/** Runs main and post of that many steps, each in a run and a job of its own. */
function stepsAtOnce(count: number, scenario: Scenario, inputs: Record<string, string>): Promise<Step[]> {
  const event = onPullRequest(42);
  return Promise.all(
    Array.from({ length: count }, async (_, index): Promise<Step> => {
      const runId = String(1001 + index);
      await using job = new Job(timeLimitMs);
      const main = await job.step({
        action: root,
        inputs: { ...scenario.requiredInputs, timeout: '4m', ...inputs },
        event: event.event,
        env: { ...event.env, GITHUB_RUN_ID: runId },
      });
      const mainCalls = callsOf(runId, scenario).length;
      const [post] = await job.post();
      return { main, post, postCalls: callsOf(runId, scenario).slice(mainCalls) };
    }),
  );
}

/** Every request names its run in the user agent. */
function callsOf(runId: string, { emulator }: Scenario): string[] {
  const ofRun = emulator.requests.filter(({ headers }) => headers['user-agent']?.endsWith(`; run ${runId})`));
  return ofRun.map(({ call }) => call);
}
