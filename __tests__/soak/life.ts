import type { RecordedRequest } from '../../emulator/emulator.ts';
import { Job, type StageResult } from '../support/runner/run.ts';
import { onPullRequest, root } from '../support/scenario.ts';
import { configureClient } from './configure.ts';
import { isJanitor } from './janitor.ts';
import { copiesOwner, type StepPlan } from './plan.ts';
import { readLabel, runIdOf, type World } from './world.ts';

/** A run replaces a pull request's client this close to its expiry. */
const replacedBeforeMs = 300_000;

/** Runs create steps, and checks what they handed over and left. */
export class Lives {
  readonly #world: World;
  readonly #handedOverIds = new Set<string>();
  readonly #createdIds = new Set<string>();
  readonly #idOfMarker = new Map<string, string>();
  /** Lives whose post step has finished, and the marker that one client may still have. */
  readonly #settled = new Map<StepPlan, string | undefined>();
  readonly #enforced: { id: string; secret: string }[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Runs the main and the post of one step, each in its own process. */
  async live(plan: StepPlan): Promise<void> {
    const { ledger, emulator } = this.#world;
    await using job = new Job();
    const sentBefore = emulator.requests.length;
    const main = await this.#main(plan, job);
    if (main === undefined) return;
    if (isHandedOver(main)) {
      await this.#checkHandedOver(plan, main, sentBefore);
      if (plan.configure !== undefined) await configureClient(this.#world, plan, plan.configure, job);
    } else ledger.count('mains that handed over nothing');
    await this.#post(plan, main, job);
  }

  /** Checks all lives again after the last request. */
  checkSettled(): void {
    for (const plan of this.#settled.keys()) this.#checkSettled(plan);
  }

  /** Checks that no secret with enforce_expiry works after it has expired, sweep or not. */
  checkEnforced(): void {
    for (const { id, secret } of this.#enforced) {
      if (this.#world.emulator.authenticates(id, secret)) this.#world.ledger.breach('outlived', id);
    }
  }

  #main(plan: StepPlan, job: Job): Promise<StageResult | undefined> {
    const { runId, pullRequest, main } = plan;
    const inputs = { ...plan.inputs };
    if (inputs.copy_settings_from === copiesOwner)
      inputs.copy_settings_from = this.#world.requiredInputs.owner_client_id ?? '';
    const { event, env } = pullRequest === undefined ? {} : onPullRequest(pullRequest);
    return this.#world.observe({
      what: `main of run ${runId} (${JSON.stringify(inputs)})`,
      kind: 'main',
      runId,
      kill: main,
      secrets: inputs.seal_key === undefined ? [] : [inputs.seal_key],
      run: (onStart) =>
        job.step({
          action: root,
          inputs: { ...this.#world.requiredInputs, ...inputs },
          event,
          env: { ...env, GITHUB_RUN_ID: runId },
          onStart,
        }),
    });
  }

  async #post(plan: StepPlan, main: StageResult, job: Job): Promise<void> {
    const { ledger } = this.#world;
    const { runId, lifetime, post: fate } = plan;
    if (fate === 'never runs') return ledger.count('posts that never ran');
    const post = await this.#world.observe({
      what: `post of run ${runId}`,
      kind: 'post',
      runId,
      kill: fate,
      run: async (onStart) => (await job.post({ onStart }))[0],
    });
    if (post?.exitCode !== 0) return;
    ledger.count('posts that finished');
    if (post.annotations.length > 0) return ledger.count('posts that warned about a client that is left');
    const isKept = isHandedOver(main) && lifetime !== 'job';
    this.#settled.set(plan, isKept ? readLabel(main.outputs.description ?? '')?.marker : undefined);
    this.#checkSettled(plan);
  }

  #checkSettled(plan: StepPlan): void {
    const kept = this.#settled.get(plan);
    for (const marker of this.#markersSent(plan)) {
      const left = this.#world.clientsWith(marker);
      const most = marker === kept ? 1 : 0;
      if (left.length <= most) continue;
      const list = left.map(({ client_id, description }) => `${client_id}, ${description}`);
      this.#world.ledger.breach(
        'uncleaned',
        `${left.length} instead of ${most}: ${list.join('; ')}\n${this.#world.story(plan.runId, left[0]?.client_id ?? '')}`,
      );
    }
  }

  #markersSent({ runId, name }: StepPlan): Set<string> {
    const labels = this.#world.labelsSent(runId).filter((label) => label.name === name);
    return new Set(labels.map(({ marker }) => marker));
  }

  async #checkHandedOver(plan: StepPlan, main: StageResult, sentBefore: number): Promise<void> {
    const { ledger, emulator } = this.#world;
    const { client_id = '', client_secret = '', created, description = '', expires_at = '' } = main.outputs;
    const isNew = created === 'true';
    ledger.count(isNew ? 'new clients handed over' : 'reused clients handed over');
    this.#checkHandedOverOnce(plan, client_id, isNew, description);
    if (plan.inputs.enforce_expiry === 'true') this.#enforced.push({ id: client_id, secret: client_secret });
    const margin = plan.lifetime === 'pull_request' ? replacedBeforeMs : 0;
    // Capture can take a while to accept a new secret.
    await this.#world.settle();
    if (Date.parse(expires_at) - this.#world.now() > margin)
      this.#checkAlive(plan, main, emulator.requests.slice(sentBefore));
  }

  #checkHandedOverOnce({ lifetime }: StepPlan, clientId: string, isNew: boolean, description: string): void {
    const { ledger } = this.#world;
    const marker = readLabel(description)?.marker ?? description;
    // Runs that reuse a client at the same moment can both get the label of the later one.
    const isMarkersOwn = (this.#idOfMarker.get(marker) ?? clientId) === clientId;
    // A run can reuse a client that another one has created and not handed over yet.
    const before = lifetime === 'pull_request' ? this.#createdIds : this.#handedOverIds;
    if (isNew && before.has(clientId)) ledger.breach('twice', `client ${clientId}: ${description}`);
    if (!isMarkersOwn) ledger.breach('twice', `a marker: ${description}`);
    this.#idOfMarker.set(marker, clientId);
    this.#handedOverIds.add(clientId);
    if (isNew) this.#createdIds.add(clientId);
  }

  /** Only another step may have deleted or reset the client before this check. */
  #checkAlive(plan: StepPlan, { outputs }: StageResult, requests: RecordedRequest[]): void {
    const { ledger, emulator } = this.#world;
    const { client_id = '', client_secret = '', description } = outputs;
    const isThere = this.#world.isThere(client_id);
    if (isThere && emulator.authenticates(client_id, client_secret)) return;
    const isExcused = requests.some((request) => {
      const { call, form } = request;
      if (!isThere) return form.client_id_for_deletion === client_id && isJanitor(runIdOf(request));
      const isReset = call === 'clients/reset_secret' && form.for_client_id === client_id;
      return isReset && runIdOf(request) !== plan.runId;
    });
    if (isExcused) {
      ledger.count('clients deleted or reset by another step before the check');
      return;
    }
    ledger.breach(
      'dead',
      `${client_id} of run ${plan.runId} is ${isThere ? 'there' : 'gone'}: ${description}\n${this.#world.story(plan.runId, client_id)}`,
    );
  }
}

/** Main has written the outputs, and then saved that, or that nothing is left to do. */
function isHandedOver({ outputs, state }: StageResult): boolean {
  if (outputs.client_id === undefined) return false;
  return !state.creation || JSON.parse(state.creation).creation.handedOverId !== undefined;
}
