import { join } from 'node:path';
import type { Job } from '../support/runner/run.ts';
import { onPullRequest, root } from '../support/scenario.ts';
import { runCommand } from './exec.ts';
import type { ConfigurePlan, StepPlan } from './plan.ts';
import { readLabel, runIdOf, type World } from './world.ts';

/** All that configure may do. */
const ownCalls = ['clients/list', 'clients/set_whitelist', 'settings/items', 'settings/set_multi'];

/** Configures the client of a life while others work, and checks what that changed, and that it changed nothing else. */
export async function configureClient(
  world: World,
  plan: StepPlan,
  how: ConfigurePlan,
  job: Job,
): Promise<void> {
  const { emulator, ledger } = world;
  const start = emulator.requests.length;
  for (const fault of how.faults) emulator.inject(fault);
  ledger.count(`configures by ${how.by}`);
  const outputs = await (how.by === 'action'
    ? runAction(world, plan, how, job)
    : runByCommand(world, plan, how));
  const requests = emulator.requests.slice(start);
  const what = `configure by ${how.by} of run ${plan.runId}`;
  for (const { call } of requests.filter((request) => runIdOf(request) === plan.runId)) {
    if (!ownCalls.includes(call)) ledger.breach('more', `${what}: ${call}`);
  }
  world.checkSecrets(what, JSON.stringify(outputs ?? {}), []);
  const clientId = outputs?.client_id;
  if (clientId === undefined) return ledger.count('configures that failed');
  ledger.count('clients configured');
  if (Object.keys(outputs ?? {}).length > 1) ledger.breach('more', `${what}: ${JSON.stringify(outputs)}`);
  const isOverwritten = requests.some((request) => {
    const { call, form } = request;
    if (form.client_id_for_deletion === clientId) return true;
    const isSet = call === 'settings/set_multi' || call === 'clients/set_whitelist';
    return isSet && form.for_client_id === clientId && runIdOf(request) !== plan.runId;
  });
  if (isOverwritten) return ledger.count('clients that another step configured or deleted meanwhile');
  checkConfigured(world, plan, how, clientId);
}

function checkConfigured(world: World, plan: StepPlan, how: ConfigurePlan, clientId: string): void {
  const client = world.ours().find(({ client_id }) => client_id === clientId);
  const label = readLabel(client?.description ?? '');
  const purpose = plan.pullRequest === undefined ? `run ${plan.runId}` : `pull request ${plan.pullRequest}`;
  const isSet =
    world.emulator.settings(clientId).site_name === how.siteName &&
    (how.ranges === undefined || client?.whitelist.join() === how.ranges);
  if (isSet && label?.purpose === purpose && label.name === plan.name) return;
  world.ledger.breach('unset', `${JSON.stringify(client)}\n${world.story(plan.runId, clientId)}`);
}

/** As a later step of the same job. */
async function runAction(world: World, plan: StepPlan, how: ConfigurePlan, job: Job): Promise<Outputs> {
  const { runId, lifetime, name, pullRequest } = plan;
  const { event, env } = pullRequest === undefined ? {} : onPullRequest(pullRequest);
  const inputs = { lifetime, name, settings: `site_name=${how.siteName}`, ip_allow_list: how.ranges ?? '' };
  const stage = await world.observe({
    what: `configure of run ${runId}`,
    kind: 'configure',
    runId,
    kill: how.kill,
    run: (onStart) =>
      job.step({
        action: join(root, 'configure'),
        inputs: { ...world.requiredInputs, ...inputs },
        event,
        env: { ...env, GITHUB_RUN_ID: runId },
        onStart,
      }),
  });
  return stage?.conclusion === 'success' ? stage.outputs : undefined;
}

async function runByCommand(
  world: World,
  plan: StepPlan,
  { siteName, ranges, kill }: ConfigurePlan,
): Promise<Outputs> {
  const { runId, lifetime, name, pullRequest } = plan;
  const flags = [`--lifetime=${lifetime}`, `--name=${name}`, '--settings-file=-'];
  if (pullRequest !== undefined) flags.push(`--pull-request=${pullRequest}`);
  if (ranges !== undefined) flags.push(`--ip-allow-list=${ranges}`);
  const { code, stdout } = await runCommand(world, {
    origin: 'github',
    runId,
    args: ['configure', ...flags],
    input: `site_name=${siteName}`,
    onStart: (child) =>
      world.arm(
        { kind: 'configure', runId, kill },
        { cancel: async () => void child.kill('SIGINT'), kill: (signal) => void child.kill(signal) },
      ),
  });
  return code === 0 ? JSON.parse(stdout) : undefined;
}

type Outputs = Record<string, string> | undefined;
