import type { Fault } from '../../emulator/emulator.ts';
import { type Chance, drawFaults, seeded } from './hazards.ts';

/** Less than the 15 seconds that a post step waits, because requests arrive late on a busy machine. */
export const latestCommitMs = 10_000;

/** What ends a stage early. */
export interface Kill {
  /** `cancel` is what the runner does: SIGINT, SIGTERM, and SIGKILL, with pauses. */
  how: 'cancel' | 'SIGTERM' | 'SIGKILL';
  /** The time starts with the process, or with the arrival of its nth request. */
  atRequest: number | undefined;
  afterMs: number;
}

/** One create step from its main to its post: its inputs and what goes wrong. */
export interface LifePlan {
  runId: string;
  lifetime: 'run' | 'job' | 'pull_request';
  pullRequest: number | undefined;
  name: string;
  /** In addition to the required ones. */
  inputs: Record<string, string>;
  faults: Fault[];
  main: Kill | undefined;
  post: Kill | 'never runs' | undefined;
}

/** Returns the nth life of a seed, which doesn't depend on the other lives. */
export function planLife(n: number, seed: number, template: string): LifePlan {
  // Far apart, so neighboring seeds don't share lives.
  const chance = seeded(seed + Math.imul(n, 0x9e3779b1));
  const { happens, pick } = chance;
  const lifetime = pick(['run', 'run', 'job', 'pull_request', 'pull_request'] as const);
  const isOfPullRequest = lifetime === 'pull_request';
  const name = isOfPullRequest ? pick(['preview', 'preview', 'api']) : `job-${n}`;
  return {
    // Jobs of a run share its ID and differ by name. Each life of a pull request is a run of its own.
    runId: String(isOfPullRequest ? 500_000 + n : 100_000 + Math.floor(n / 5)),
    lifetime,
    pullRequest: isOfPullRequest ? pick(pullRequests) : undefined,
    name,
    inputs: { lifetime, name, ...drawInputs(lifetime, template, chance) },
    faults: [...drawFaults(chance, latestCommitMs), ...(happens(0.01) ? [outage] : [])],
    main: happens(0.35) ? drawKill(1500, chance) : undefined,
    post: happens(0.08) ? 'never runs' : happens(0.06) ? drawKill(4000, chance) : undefined,
  };
}

/** More requests in a row than a step can always wait for. */
const outage: Fault = { kind: 'http-before-commit', status: 503, times: 25 };

/** Some are prefixes of others. */
export const pullRequests = [1, 2, 11, 12, 121];

function drawInputs(
  lifetime: LifePlan['lifetime'],
  template: string,
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
  if (happens(0.1)) inputs.copy_settings_from = template;
  if (lifetime !== 'job' && happens(0.15)) inputs.seal_key = `seal key ${random()} of 32 characters or more`;
  return inputs;
}

function drawKill(latestMs: number, { happens, pick, random }: Chance): Kill {
  const how = pick(['cancel', 'SIGTERM', 'SIGKILL', 'SIGKILL'] as const);
  if (happens(0.5)) return { how, atRequest: undefined, afterMs: random() * latestMs };
  return { how, atRequest: pick([1, 1, 1, 2, 2, 3, 4]), afterMs: random() < 0.5 ? 0 : random() * 100 };
}
