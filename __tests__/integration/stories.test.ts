import { beforeAll, expect, test } from '@jest/globals';
import { labelText, past } from '../support/labels.ts';
import { readable } from '../support/readable.ts';
import { record } from '../support/runner/recording.ts';
import {
  Job,
  observerFor,
  type StageControl,
  type StageResult,
  type StepOptions,
} from '../support/runner/run.ts';
import { onPullRequest, Scenario } from '../support/scenario.ts';
import { buildOnce, Place } from './cli/command.ts';

/** Runs a stage, and records how it ended. */
type Tell = (
  stage: string,
  run: (options: Partial<StepOptions>) => Promise<StageResult>,
) => Promise<StageResult>;

const pullRequest = onPullRequest(42);
const forPullRequest = { lifetime: 'pull_request', features: 'login_client' };
const owner = { client_id: 'ownerownerowner', client_secret: 'ownersecretownersecret' };
const seal_key = 'k'.repeat(40);

const stories: Record<string, (scenario: Scenario, tell: Tell) => Promise<unknown>> = {
  async 'a client of a run is created'(scenario, tell) {
    await tell('create', (options) => scenario.create({ features: 'login_client' }, options));
    await tell('post', () => scenario.post());
  },
  async 'a client of a job is created, and the post step deletes it'(scenario, tell) {
    await tell('create', (options) => scenario.create({ lifetime: 'job' }, options));
    await tell('post', () => scenario.post());
  },
  async 'a client of a pull request is created, and a later run reuses it'(scenario, tell) {
    for (const stage of ['create', 'create again'])
      await tell(stage, (options) => scenario.create(forPullRequest, { ...pullRequest, ...options }));
    for (const [index, post] of (await scenario.job.post()).entries())
      expect([index, post.log]).toEqual([index, '']);
  },
  async 'the expiration of a secret is enforced'(scenario, tell) {
    const inputs = { enforce_expiry: 'true', expires_in: '1h' };
    await tell('create', (options) => scenario.create(inputs, options));
  },
  async 'a client of a pull request is configured'(scenario, tell) {
    await scenario.create(forPullRequest, pullRequest);
    const inputs = { settings: 'a=b', ip_allow_list: '203.0.113.7' };
    await tell('configure', (options) => scenario.run('configure', inputs, { ...pullRequest, ...options }));
  },
  async 'credentials are sealed, and another job opens them'(scenario, tell) {
    const { outputs } = await tell('create', (options) => scenario.create({ seal_key }, options));
    await using later = new Job();
    const sealed_credentials = outputs.sealed_credentials ?? '';
    await tell('unseal', (options) => scenario.unseal(later, { sealed_credentials, seal_key }, options));
  },
  async 'the clients of a closed pull request are deleted'(scenario, tell) {
    for (const name of ['web', 'api']) await scenario.create({ ...forPullRequest, name }, pullRequest);
    const inputs = { lifetime: 'pull_request' };
    await tell('delete', (options) => scenario.delete(inputs, { ...pullRequest, ...options }));
  },
  async 'a sweep deletes what has expired'(scenario, tell) {
    scenario.emulator.addClient({ description: `x ${labelText('run 7', past)}` });
    await tell('sweep', (options) => scenario.sweep({}, options));
  },
  async 'a step is canceled while Capture creates the client, and the post step deletes it'(scenario, tell) {
    scenario.emulator.inject({ kind: 'slow', ms: 1000, call: 'clients/add' });
    const onStart = (control: StageControl) => {
      const poll = setInterval(() => {
        if (scenario.emulator.requests.length === 0) return;
        clearInterval(poll);
        control.cancel();
      }, 5);
    };
    await tell('create', (options) => scenario.create({}, { onStart, ...options }));
    await tell('post', () => scenario.post());
  },
  async 'exec runs a program with a client of its own'(scenario, tell) {
    await using place = Place.at(scenario.emulator);
    const program = [process.execPath, '-e', 'console.log(process.env.CAPTURE_CLIENT_SECRET)'];
    await tell('exec', async ({ recording = '' }) => {
      const nodeOptions = ['--import', observerFor(recording)];
      const { code } = await place.run(['exec', '--', ...program], { nodeOptions });
      return { conclusion: code === 0 ? 'success' : 'failure' } as StageResult;
    });
  },
};

beforeAll(() => {
  buildOnce();
});

test.each(Object.entries(stories))('%s', async (_, story) => {
  let drawn = 0;
  // Readable, and the same in each run.
  const newIdentifier = () => `${++drawn}`.padStart(32, 'identifier');
  await using scenario = await Scenario.start({ emulator: { owner, newIdentifier } });
  const { recording } = scenario;
  const tell: Tell = async (stage, run) => {
    record(recording, { stage });
    const result = await run({ recording });
    record(recording, { stage: `  ${result.conclusion}` });
    return result;
  };
  await story(scenario, tell);
  const { events } = scenario;
  const told = events.slice(events.findIndex((event) => 'stage' in event));
  expect(`\n${readable(told, owner)}\n`).toMatchSnapshot();
});
