import type { Fault } from '../../emulator/emulator.ts';
import { type Chance, drawFaults, seeded } from './hazards.ts';
import { type OriginName, origins } from './origins.ts';

/** What ends a process early. */
export interface Kill {
  /** `cancel` is what the runner does: SIGINT, SIGTERM, and SIGKILL, with pauses. */
  how: 'cancel' | 'SIGINT' | 'SIGTERM' | 'SIGKILL';
  /** The time starts with the process, or with the arrival of its nth request. */
  atRequest: number | undefined;
  afterMs: number;
}

/** One create step from its main to its post: its inputs and what goes wrong. */
export interface StepPlan {
  kind: 'step';
  runId: string;
  lifetime: 'run' | 'job' | 'pull_request';
  pullRequest: number | undefined;
  name: string;
  /** In addition to the required ones. */
  inputs: Record<string, string>;
  faults: Fault[];
  main: Kill | undefined;
  /** What another step changes before the post step, if the client was handed over. */
  configure: ConfigurePlan | undefined;
  post: Kill | 'never runs' | undefined;
}

/** One use of configure: what it sets and what goes wrong. */
export interface ConfigurePlan {
  by: 'action' | 'command';
  siteName: string;
  ranges: string | undefined;
  faults: Fault[];
  kill: Kill | undefined;
}

/** One `capture-client exec`: its flags and what goes wrong. */
export interface ExecPlan {
  kind: 'exec';
  runId: string;
  origin: OriginName;
  flags: string[];
  /** How long the command runs, and how it ends. */
  command: { ms: number; exitCode: number };
  faults: Fault[];
  kill: Kill | undefined;
}

export type LifePlan = StepPlan | ExecPlan;

/** Returns the nth life of a seed, which doesn't depend on the other lives. Every fifth one is an `exec`. */
export function planLife(n: number, seed: number): LifePlan {
  // Far apart, so neighboring seeds don't share lives.
  const chance = seeded(seed + Math.imul(n, 0x9e3779b1));
  return n % 5 === 4 ? planExec(n, chance) : planStep(n, chance);
}

function planStep(n: number, chance: Chance): StepPlan {
  const { happens, pick } = chance;
  const lifetime = pick(['run', 'run', 'job', 'pull_request', 'pull_request'] as const);
  const isOfPullRequest = lifetime === 'pull_request';
  const name = isOfPullRequest ? pick(['preview', 'preview', 'api']) : `job-${n}`;
  const ends = ['cancel', 'SIGTERM', 'SIGKILL', 'SIGKILL'] as const;
  const isConfigured = lifetime !== 'job' && happens(0.5);
  return {
    kind: 'step',
    // Jobs of a run share its ID and differ by name. A life of a pull request is a run of its own, and so is one with a
    // configure, whose requests are told by the run.
    runId: String(isOfPullRequest || isConfigured ? 500_000 + n : 100_000 + Math.floor(n / 5)),
    lifetime,
    pullRequest: isOfPullRequest ? pick(pullRequests) : undefined,
    name,
    inputs: { lifetime, name, ...drawInputs(lifetime, chance) },
    faults: drawFaults(chance),
    main: happens(0.35) ? drawKill(ends, 1500, chance) : undefined,
    configure: isConfigured ? planConfigure(chance) : undefined,
    post: happens(0.08) ? 'never runs' : happens(0.06) ? drawKill(ends, 4000, chance) : undefined,
  };
}

function planConfigure(chance: Chance): ConfigurePlan {
  const { happens, pick, random } = chance;
  return {
    by: pick(['action', 'command']),
    siteName: `Preview ${random()}`,
    ranges: happens(0.3) ? `198.51.100.${Math.floor(random() * 256)}/32` : undefined,
    faults: drawFaults(chance),
    kill: happens(0.3) ? drawKill(['cancel', 'SIGTERM', 'SIGKILL'] as const, 1000, chance) : undefined,
  };
}

function planExec(n: number, chance: Chance): ExecPlan {
  const { happens, pick, random } = chance;
  return {
    kind: 'exec',
    runId: String(600_000 + n),
    origin: pick(Object.keys(origins) as OriginName[]),
    flags: [
      `--timeout=${pick(['15s', '30s', '60s'])}`,
      `--auth-scheme=${pick(['basic-auth', 'janrain-signed'])}`,
      ...(happens(0.5) ? ['--features=login_client'] : []),
      ...(happens(0.3) ? [`--description=words ${random()}`] : []),
      ...(happens(0.15) ? ['--enforce-expiry', '--expires-in=2h'] : []),
    ],
    command: { ms: Math.floor(random() * 600), exitCode: pick([0, 0, 0, 1, 3, 42]) },
    faults: drawFaults(chance),
    kill: happens(0.5)
      ? drawKill(['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGKILL'] as const, 1500, chance)
      : undefined,
  };
}

/** Some are prefixes of others. */
export const pullRequests = [1, 2, 11, 12, 121];

function drawInputs(
  lifetime: StepPlan['lifetime'],
  { happens, pick, random }: Chance,
): Record<string, string> {
  const isOfPullRequest = lifetime === 'pull_request';
  const inputs: Record<string, string> = {
    timeout: pick(['15s', '30s', '60s']),
    auth_scheme: pick(['basic-auth', 'janrain-signed']),
  };
  if (happens(0.5)) inputs.features = 'login_client';
  if (happens(0.3)) inputs.description = `words ${random()}`;
  // Some expire during the soak. A pull request's client is replaced five minutes before its expiry.
  if (happens(0.2)) inputs.expires_in = isOfPullRequest ? '320s' : '30s';
  if (happens(0.12)) Object.assign(inputs, { enforce_expiry: 'true', expires_in: '2h' });
  const mayRotate = isOfPullRequest && inputs.enforce_expiry === undefined;
  if (mayRotate && happens(0.12)) inputs.rotate_secret = pick(['0h', '1h']);
  if (happens(0.15)) inputs.settings = `site_name=${random()}`;
  if (happens(0.15)) inputs.ip_allow_list = '203.0.113.0/24';
  if (happens(0.1)) inputs.copy_settings_from = copiesOwner;
  if (lifetime !== 'job' && happens(0.15)) inputs.seal_key = `seal key ${random()} of 32 characters or more`;
  return inputs;
}

/** Stands for the owner's ID in the input `copy_settings_from`. */
export const copiesOwner = 'the owner';

function drawKill<How extends Kill['how']>(
  hows: readonly How[],
  latestMs: number,
  { happens, pick, random }: Chance,
): Kill {
  const how = pick(hows);
  if (happens(0.5)) return { how, atRequest: undefined, afterMs: random() * latestMs };
  return { how, atRequest: pick([1, 1, 1, 2, 2, 3, 4]), afterMs: random() < 0.5 ? 0 : random() * 100 };
}
