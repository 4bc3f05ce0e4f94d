import { expect, test } from '@jest/globals';
import type { EmulatedClient } from '../../emulator/emulator.ts';
import { EmulatedGitHub } from '../support/github-api.ts';
import { future, labelText, past } from '../support/labels.ts';
import type { StageResult } from '../support/runner/run.ts';
import { onPullRequest, Scenario } from '../support/scenario.ts';

// An owner client can carry our label: create makes one with `features: owner`, and a description can be copied.

const event = onPullRequest(42);
const forPullRequest = { lifetime: 'pull_request' };

/** A scenario whose owner client has a label, and its inputs. */
class World {
  readonly scenario: Scenario;
  readonly owner: EmulatedClient;

  private constructor(scenario: Scenario, description: string) {
    this.scenario = scenario;
    const features = ['access_issuer', 'direct_access', 'owner'];
    this.owner = scenario.emulator.addClient({ description, features });
  }

  static async start(description: string): Promise<World> {
    return new World(await Scenario.start(), description);
  }

  get inputs(): Record<string, string> {
    return { owner_client_id: this.owner.client_id, owner_client_secret: this.owner.client_secret };
  }

  /** The owner is as it was, and no request would have changed it. */
  expectUntouched(): void {
    const { emulator } = this.scenario;
    expect(emulator.clients()).toContainEqual(this.owner);
    expect(emulator.settings(this.owner.client_id)).toEqual({});
    const changes = emulator.requests.filter(({ call }) =>
      /^clients\/(?:delete|reset|set|clear)|^settings\/(?:set|delete)/.test(call),
    );
    for (const { form } of changes) {
      // Without an ID, Capture changes the caller.
      const id = form.for_client_id ?? form.client_id_for_deletion;
      expect([undefined, this.owner.client_id]).not.toContain(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scenario[Symbol.asyncDispose]();
  }
}

/** Every entry point that can destroy something: the label that makes the owner its target, and how it's called. */
const entryPoints: Record<string, [string, (world: World) => Promise<StageResult>]> = {
  'a sweep of what has expired': [
    labelText('run 1001', past),
    ({ scenario, inputs }) => scenario.sweep({ ...inputs, github_token: '' }),
  ],
  'a sweep after the pull request was closed': [
    labelText('pull request 42', future),
    async ({ scenario, inputs }) => {
      await using github = await EmulatedGitHub.start({ '/repos/acme/shop/pulls/42': { state: 'closed' } });
      const env = { GITHUB_API_URL: github.url };
      return await scenario.sweep({ ...inputs, github_token: 'token' }, { env });
    },
  ],
  'a deletion by ID': [
    labelText('run 1001', future),
    ({ scenario, inputs, owner }) => scenario.delete({ ...inputs, client_id: owner.client_id }),
  ],
  'a deletion by run': [
    labelText('run 1001', future),
    ({ scenario, inputs }) => scenario.delete({ ...inputs, lifetime: 'run' }),
  ],
  'a deletion by pull request': [
    labelText('pull request 42', future),
    ({ scenario, inputs }) => scenario.delete({ ...inputs, ...forPullRequest }, event),
  ],
  'a creation that would reuse it': [
    labelText('pull request 42', future),
    ({ scenario, inputs }) =>
      scenario.create({ ...inputs, ...forPullRequest, features: 'login_client', rotate_secret: '0h' }, event),
  ],
  'a creation that would replace it': [
    labelText('pull request 42', past),
    ({ scenario, inputs }) => scenario.create({ ...inputs, ...forPullRequest }, event),
  ],
  'a configuration': [
    labelText('pull request 42', future),
    ({ scenario, inputs }) =>
      scenario.run('configure', { ...inputs, settings: 'a=b', ip_allow_list: '203.0.113.7' }, event),
  ],
};

test.each(Object.entries(entryPoints))('%s leaves the owner client alone', async (_, [label, act]) => {
  await using world = await World.start(`x ${label}`);
  const { outputs } = await act(world);
  expect(outputs.client_id).not.toBe(world.owner.client_id);
  expect(outputs.deleted ?? '0').toBe('0');
  world.expectUntouched();
});

test.each([['run'], ['pull_request']])(
  'the post step of a %s client that looks for a marker leaves the owner client alone',
  async (lifetime) => {
    await using world = await World.start('the owner');
    const { scenario, inputs, owner } = world;
    const { emulator } = scenario;
    emulator.inject({ kind: 'reset-before-commit', call: 'clients/add' });
    const lookup = lifetime === 'run' ? 0 : 1;
    emulator.inject({ kind: 'api-before-commit', code: 403, call: 'clients/list', after: lookup });
    const main = await scenario.create({ ...inputs, lifetime }, event);
    const { marker } = JSON.parse(main.state.creation ?? '').creation;
    const subject = lifetime === 'run' ? 'run 1001' : 'pull request 42';
    emulator.removeClient(owner.client_id);
    Object.assign(owner, { description: `x ${labelText(subject, future, { marker })}` });
    emulator.addClient(owner);
    expect((await scenario.post()).conclusion).toBe('success');
    world.expectUntouched();
  },
  40_000,
);

test("the post step of a state that has the owner's ID leaves the owner client alone", async () => {
  await using world = await World.start('the owner');
  const { scenario, inputs, owner } = world;
  const main = await scenario.create({ ...inputs, lifetime: 'job' });
  const creation = (main.state.creation ?? '').replaceAll(main.outputs.client_id ?? '', owner.client_id);
  await scenario.job.step({
    action: `${import.meta.dirname}/../..`,
    inputs: { lifetime: 'invalid' },
    env: { STATE_creation: creation },
  });
  for (const post of await scenario.job.post()) expect(post.conclusion).toBe('success');
  world.expectUntouched();
});
