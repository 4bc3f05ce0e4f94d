import { join } from 'node:path';
import type { EmulatedClient } from '../../emulator/emulator.ts';
import { Job, type StageResult, type StepOptions } from '../support/runner/run.ts';
import { onPullRequest, root } from '../support/scenario.ts';
import { runCommand } from './exec.ts';
import { type Chance, drawGitHubReplies, seeded } from './hazards.ts';
import { type OriginName, origins, ownPlace } from './origins.ts';
import { type LifePlan, pullRequests } from './plan.ts';
import { readLabel, type World } from './world.ts';

const firstRunId = 900_000;
const otherOrigins = (Object.keys(origins) as OriginName[]).filter((name) => name !== 'github');

/** Returns whether a run is that of a delete or sweep step. */
export function isJanitor(runId: string): boolean {
  return Number(runId) >= firstRunId;
}

interface Period {
  from: number;
  to: number;
}

interface Row {
  client_id: string;
  run_id?: string;
  pull_request?: number;
  expires_at: string;
  reason: string;
  result: string;
}

/** Works while lives go on: finishes runs, closes and reopens pull requests, and runs delete and sweep steps. */
export class Janitor {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #livesLeft = new Map<string, number>();
  readonly #finishedRuns: string[] = [];
  readonly #closed: (Period & { pullRequest: number })[] = [];
  #steps = 0;

  constructor(world: World, plans: readonly LifePlan[], seed: number) {
    this.#world = world;
    this.#chance = seeded(seed);
    for (const { runId } of plans) {
      this.#livesLeft.set(runId, (this.#livesLeft.get(runId) ?? 0) + 1);
      this.#respond(`actions/runs/${runId}`, { status: 'in_progress' });
    }
    for (const number of pullRequests) this.#respond(`pulls/${number}`, { state: 'open' });
  }

  /** Finishes the run of a life if it was the run's last. */
  finish({ runId }: LifePlan): void {
    const left = (this.#livesLeft.get(runId) ?? 0) - 1;
    this.#livesLeft.set(runId, left);
    if (left > 0) return;
    this.#finishedRuns.push(runId);
    this.#respond(`actions/runs/${runId}`, { status: 'completed' });
  }

  /** Sometimes runs a delete or sweep step. */
  async maybeWork(): Promise<void> {
    const { happens, pick } = this.#chance;
    if (happens(0.06) && this.#finishedRuns.length > 0) await this.#deleteOfRun(pick(this.#finishedRuns));
    if (happens(0.02)) await this.#close(pick(pullRequests));
    if (happens(0.02)) await this.#sweep();
    if (happens(0.02)) await this.#sweepWithCommand(pick(otherOrigins));
  }

  /** Sweeps what has expired, each place its own clients. Only Capture and the sweeps' processes are in the future. */
  async sweepAfterExpiry(nights: number): Promise<void> {
    const { ledger } = this.#world;
    this.#world.github.replies.length = 0;
    for (let night = 1; night <= nights && this.#world.ours().length > 0; night += 1) {
      ledger.count('nights until the last sweep, of all tenants');
      await this.#sweep();
      for (const origin of otherOrigins) await this.#sweepWithCommand(origin);
      this.#world.advance(86_400_000);
    }
    for (const { description } of this.#world.ours()) ledger.breach('left', description);
  }

  async #deleteOfRun(runId: string): Promise<void> {
    await this.#delete(`run ${runId}`, { lifetime: 'run' }, { env: { GITHUB_RUN_ID: runId } });
  }

  /** Closes a pull request, runs the delete or the sweep action, and reopens it. */
  async #close(pullRequest: number): Promise<void> {
    const period = { pullRequest, from: this.#world.sweepNow(), to: Infinity };
    this.#closed.push(period);
    this.#respond(`pulls/${pullRequest}`, { state: 'closed' });
    if (this.#chance.happens(0.5)) {
      const { event, env } = onPullRequest(pullRequest);
      const options = { event, env: { ...env, GITHUB_RUN_ID: this.#newRunId() } };
      await this.#delete(`pull request ${pullRequest}`, { lifetime: 'pull_request' }, options);
    } else {
      await this.#sweep();
    }
    this.#respond(`pulls/${pullRequest}`, { state: 'open' });
    period.to = this.#world.sweepNow();
  }

  async #delete(
    purpose: string,
    inputs: Record<string, string>,
    options: Partial<StepOptions>,
  ): Promise<void> {
    this.#world.ledger.count('delete steps');
    const before = this.#ofPurpose(purpose);
    // The step must see all of these.
    await this.#world.settle();
    const stage = await this.#step('delete', inputs, options);
    if (stage?.conclusion === 'success') this.#expectGone(before, `delete of ${purpose}`);
  }

  #ofPurpose(purpose: string): EmulatedClient[] {
    return this.#world
      .ours(ownPlace)
      .filter(({ description }) => readLabel(description)?.purpose === purpose);
  }

  async #sweep(): Promise<void> {
    const { ledger, github } = this.#world;
    ledger.count('sweep steps');
    github.replies.push(...drawGitHubReplies(this.#chance));
    const from = this.#world.sweepNow();
    const expired = this.#world
      .ours(ownPlace)
      .filter(({ description }) => (readLabel(description)?.until ?? Infinity) <= from);
    const env = { GITHUB_RUN_ID: this.#newRunId(), GITHUB_API_URL: github.url, ...this.#world.shiftedClock };
    const expressions = { 'github.token': 'ghs_tokenOfTheSoak' };
    const stage = await this.#step('sweep', {}, { env, expressions });
    if (stage?.conclusion === 'success') this.#expectSwept(expired);
    const rows: Row[] = JSON.parse(stage?.outputs.report ?? '[]');
    for (const row of rows) this.#checkRow(row, { from, to: this.#world.sweepNow() });
  }

  /** Goes by expiry only. */
  async #sweepWithCommand(origin: OriginName): Promise<void> {
    const { ledger } = this.#world;
    ledger.count('sweeps by capture-client');
    const ended = await runCommand(this.#world, { origin, runId: this.#newRunId(), args: ['sweep'] });
    if (ended.code !== 0) ledger.count('delete and sweep steps that failed');
    else {
      const { deleted } = JSON.parse(ended.stdout);
      ledger.count('clients that delete and sweep steps deleted', Number(deleted));
    }
  }

  #checkRow(row: Row, period: Period): void {
    const { ledger, foreignIds } = this.#world;
    if (foreignIds.has(row.client_id)) ledger.breach('foreign', `swept: ${JSON.stringify(row)}`);
    if (row.result !== 'deleted') return;
    if (!this.#mayBeSwept(row, period)) ledger.breach('early', `swept: ${JSON.stringify(row)}`);
    if (this.#world.isThere(row.client_id)) ledger.breach('early', `not swept: ${JSON.stringify(row)}`);
  }

  #mayBeSwept({ reason, expires_at, run_id = '', pull_request }: Row, { from, to }: Period): boolean {
    if (reason === 'expired') return Date.parse(expires_at) <= to;
    if (reason === 'run_completed') return this.#finishedRuns.includes(run_id);
    return this.#closed.some(
      (closed) => closed.pullRequest === pull_request && closed.from <= to && closed.to >= from,
    );
  }

  /** A run that reuses a client can have renewed it in the meantime. */
  #expectSwept(expired: readonly EmulatedClient[]): void {
    const descriptions = new Set(this.#world.ours(ownPlace).map(({ description }) => description));
    this.#expectGone(
      expired.filter(({ description }) => descriptions.has(description)),
      'sweep of the expired clients',
    );
  }

  #expectGone(clients: readonly EmulatedClient[], what: string): void {
    for (const { client_id, description } of clients) {
      if (this.#world.isThere(client_id))
        this.#world.ledger.breach('early', `still there after the ${what}: ${description}`);
    }
  }

  async #step(
    action: string,
    inputs: Record<string, string>,
    options: Partial<StepOptions>,
  ): Promise<StageResult | undefined> {
    await using job = new Job();
    const stage = await this.#world.observe({
      what: `${action} ${JSON.stringify(inputs)}`,
      kind: 'main',
      runId: '',
      run: () =>
        job.step({
          action: join(root, action),
          inputs: { ...this.#world.requiredInputs, ...inputs },
          ...options,
        }),
    });
    const { ledger } = this.#world;
    if (stage?.conclusion !== 'success') ledger.count('delete and sweep steps that failed');
    ledger.count('clients that delete and sweep steps deleted', Number(stage?.outputs.deleted ?? 0));
    return stage;
  }

  #newRunId(): string {
    this.#steps += 1;
    return String(firstRunId + this.#steps);
  }

  #respond(path: string, response: object): void {
    this.#world.github.responses[`/repos/acme/shop/${path}`] = response;
  }
}
