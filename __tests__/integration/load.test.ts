import { expect, test } from '@jest/globals';
import { Job, type StageResult } from '../support/runner/run.ts';
import { onPullRequest, root, Scenario } from '../support/scenario.ts';

const maxSimultaneousCalls = 5;
const timeLimitMs = 300_000;

/** The first calls hold all places for so long: whoever comes meanwhile is refused, on a slow machine, too. */
const heldMs = 4_000;

interface Step {
  main: StageResult;
  mainCalls: string[];
  post: StageResult | undefined;
  postCalls: string[];
}

test(
  '50 create steps at once where Capture allows five calls at a time: each gets exactly one client',
  async () => {
    await using scenario = await startFull();
    const steps = await stepsAtOnce(50, scenario, { lifetime: 'run' });
    for (const { main } of steps) expect(main).toMatchObject({ conclusion: 'success', exitCode: 0 });
    const ids = steps.map(({ main }) => main.outputs.client_id);
    expect(new Set(ids).size).toBe(50);
    expect(scenario.clients.map(({ client_id }) => client_id).sort()).toEqual(ids.toSorted());
    for (const { main } of steps) {
      const { client_id = '', client_secret = '' } = main.outputs;
      expect(scenario.emulator.authenticates(client_id, client_secret)).toBe(true);
    }
    // Every call takes effect or is refused: what is over was answered with 510.
    expect(scenario.callsOf('clients/add').length - 50).toBeGreaterThan(0);
    for (const { mainCalls, post, postCalls } of steps) {
      expect(post).toMatchObject({ conclusion: 'success', annotations: [] });
      const sends = mainCalls.filter((call) => call === 'clients/add').length;
      // None on the plain path; after more than one send, post lists once, and again only where it was refused.
      expect(new Set(postCalls)).toEqual(new Set(sends === 1 ? [] : ['clients/list']));
    }
  },
  timeLimitMs,
);

test(
  '12 runs of one pull request at once: one client in the end, handed out to all',
  async () => {
    await using scenario = await startFull();
    const steps = await stepsAtOnce(12, scenario, { lifetime: 'pull_request' });
    for (const { main, post } of steps) {
      expect(main).toMatchObject({ conclusion: 'success', exitCode: 0 });
      expect(post).toMatchObject({ conclusion: 'success', annotations: [] });
    }
    const ids = new Set(steps.map(({ main }) => main.outputs.client_id));
    expect(scenario.clients.map(({ client_id }) => client_id)).toEqual([...ids]);
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

/** Main and post of so many steps, each in a run and a job of its own. */
function stepsAtOnce(count: number, scenario: Scenario, inputs: Record<string, string>): Promise<Step[]> {
  const event = onPullRequest(42);
  return Promise.all(
    Array.from({ length: count }, async (_, index): Promise<Step> => {
      const runId = String(1001 + index);
      await using job = new Job({ stage: timeLimitMs });
      const main = await job.step({
        action: root,
        inputs: { ...scenario.requiredInputs, timeout: '4m', ...inputs },
        event: event.event,
        env: { ...event.env, GITHUB_RUN_ID: runId },
      });
      const mainCalls = callsOf(runId, scenario);
      const [post] = await job.post();
      return { main, mainCalls, post, postCalls: callsOf(runId, scenario).slice(mainCalls.length) };
    }),
  );
}

/** Every request tells its run in the user agent. */
function callsOf(runId: string, { emulator }: Scenario): string[] {
  const ofRun = emulator.requests.filter(({ headers }) => headers['user-agent']?.endsWith(`; run ${runId})`));
  return ofRun.map(({ call }) => call);
}
