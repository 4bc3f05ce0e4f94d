import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readRoute } from '../../../src/capture/route.ts';
import { ExpectedError } from '../../../src/expected-error.ts';
import { runPostStep, runStep, type Step } from '../../../src/github/step.ts';
import { InputError } from '../../../src/inputs/inputs.ts';
import {
  captureError,
  notebook,
  pullRequestEnvironment,
  pullRequestEvent,
  runLabel,
  withFolder,
} from '../../support/fixtures.ts';

const saved = { ...process.env };

beforeEach(() => {
  process.env = { ...saved };
});

afterEach(() => {
  process.env = saved;
});

const env = { ...pullRequestEnvironment, GITHUB_OUTPUT: 'the output file', GITHUB_STATE: 'the state file' };

/** Environments of a process that isn't a step of a workflow run. */
const notSteps = [
  [{}, 'GITHUB_OUTPUT'],
  [{ ...env, GITHUB_OUTPUT: '' }, 'GITHUB_OUTPUT'],
  [{ ...env, GITHUB_STATE: undefined }, 'GITHUB_STATE'],
  [{ ...env, GITHUB_REPOSITORY: undefined }, 'GITHUB_REPOSITORY'],
  [{ ...env, GITHUB_RUN_ID: undefined }, 'GITHUB_RUN_ID'],
] as const;

describe('a step', () => {
  test('masks the owner secret and the seal key before it does anything else', async () => {
    Object.assign(process.env, {
      INPUT_OWNER_CLIENT_ID: 'owner',
      INPUT_OWNER_CLIENT_SECRET: ' secret ',
      INPUT_SEAL_KEY: 'key',
    });
    const { log, said } = notebook();
    await runStep(env, log, async () => log.info('started'));
    expect(said).toEqual(['mask: owner secret', 'mask: key', 'info: started']);
  });

  test('gets its inputs, context, and output file', () =>
    withFolder(async (path) => {
      writeFileSync(path('event'), JSON.stringify(pullRequestEvent()));
      const { log, said } = notebook();
      let step: Step | undefined;
      await runStep({ ...env, GITHUB_EVENT_PATH: path('event') }, log, async (given) => {
        step = given;
      });
      expect(step).toMatchObject({ outputFile: 'the output file', context: { pullRequest: 42 } });
      expect(step?.source.variables).toContain('GITHUB_OUTPUT');
      expect(said.filter((line) => !line.startsWith('mask'))).toEqual([]);
    }));

  test.each(notSteps)(
    'outside a workflow run fails before it prints a secret: %#',
    async (variables, missing) => {
      process.env.INPUT_OWNER_CLIENT_SECRET = 'hush';
      const { log, said } = notebook();
      await runStep(variables, log, async () => log.info('started'));
      expect(said).toEqual([
        `fail (not a workflow step): ${missing} isn't set. Nothing was sent. Run this action as a step of a GitHub Actions workflow, on runner 2.327.0 or later.`,
      ]);
    },
  );

  test.each([
    ['invalid inputs', new InputError(['a is invalid.', 'b is invalid.'])],
    ['an error of Capture', captureError()],
    ['any other expected error', new ExpectedError('It failed.', 'Try again.', { title: 'failure' })],
  ])('reports %s with the error’s lines and title', async (_, error) => {
    const { log, said } = notebook();
    await runStep(env, log, () => Promise.reject(error));
    const kind = error.title === undefined ? 'fail' : `fail (${error.title})`;
    expect(said.slice(2)).toEqual([`${kind}: ${error.lines.join('\n')}`]);
  });

  test('reports any other error as a bug, with all stacks in the debug log only', async () => {
    const { log, said } = notebook();
    const cause = new RangeError('its cause');
    const error = new TypeError('a bug of ours', { cause });
    await runStep(env, log, () => Promise.reject(error));
    const [, , failure, ...rest] = said;
    expect(failure).toBe(
      'fail (bug): Unexpected error: TypeError: a bug of ours. This is a bug in capture-client-action. Report it at https://github.com/org/capture-client-action/issues with a debug log: re-run the job with debug logging enabled.',
    );
    const stacks = `${error.stack}\n${cause.stack}`;
    expect(rest).toEqual(stacks.split('\n').map((line) => `debug: ${line}`));
  });

  test('says after a bug what it means for clients', async () => {
    const { log, said } = notebook();
    await runStep(env, log, () => Promise.reject(new TypeError('a bug')), 'The post step deletes it.');
    expect(said[2]).toMatch(/re-run the job with debug logging enabled\. The post step deletes it\.$/);
  });

  test('reports what is not an error at all', async () => {
    const { log, said } = notebook();
    await runStep(env, log, () => Promise.reject('words'));
    await runStep(env, log, () => Promise.reject(Object.assign(new Error('x'), { stack: undefined })));
    expect(said.filter((line) => line.startsWith('fail'))).toEqual([
      expect.stringMatching(/^fail \(bug\): Unexpected error: words\. /),
      expect.stringMatching(/^fail \(bug\): Unexpected error: Error: x\. /),
    ]);
  });
});

describe('a post step', () => {
  const state = JSON.stringify({
    creation: {
      origin: runLabel.origin,
      marker: runLabel.marker,
      lifetime: 'run',
      expiresAt: 0,
      openSends: [0],
      clients: [],
      requestsEnded: false,
    },
    access: {
      domain: 'https://capture.example.com',
      owner: { clientId: 'owner', clientSecret: 'hush' },
      authScheme: 'basic-auth',
    },
    route: readRoute({}),
  });

  async function post(variables: typeof env | object, run: () => Promise<void>): Promise<string[]> {
    const { log, said } = notebook();
    const listeners = process.listeners('uncaughtException');
    await runPostStep(variables as typeof env, log, async ({ creation }, context) => {
      log.info(`${creation.marker} ${context.runId}`);
      await run();
    });
    for (const listener of process.listeners('uncaughtException')) {
      if (!listeners.includes(listener)) process.removeListener('uncaughtException', listener);
    }
    return said;
  }

  test('masks the owner secret before it gets what main saved', async () => {
    process.env.STATE_creation = state;
    expect(await post(env, async () => {})).toEqual(['mask: owner hush', `info: ${runLabel.marker} 5678`]);
  });

  test('does nothing if main saved nothing', async () => {
    expect(await post(env, async () => {})).toEqual([]);
  });

  test.each(notSteps)(
    'outside a workflow run warns before it prints a secret: %#',
    async (variables, missing) => {
      process.env.STATE_creation = state;
      const said = await post(variables, async () => {});
      expect(said).toEqual([
        expect.stringMatching(`^warning \\(cleanup failed\\): Cleanup failed\\. ${missing} isn't set\\.`),
      ]);
      expect(said.join()).not.toContain('hush');
    },
  );

  test('warns of any error, and fails nothing', async () => {
    process.env.STATE_creation = state;
    const expected = await post(env, () => Promise.reject(captureError()));
    expect(expected.slice(2)).toEqual([
      `warning (cleanup failed): Cleanup failed. ${captureError().message} If this step created a client, the client may still exist. The sweep deletes it after it expires; to delete it now, run the delete action with its client_id.`,
    ]);
    const [, , warning, ...stack] = await post(env, () => Promise.reject(new TypeError('a bug of ours')));
    expect(warning).toMatch(
      /^warning \(cleanup failed\): Cleanup failed\. Unexpected error: TypeError: a bug of ours\. This is a bug /,
    );
    expect(stack[0]).toBe('debug: TypeError: a bug of ours');
  });

  test('without a valid state warns', async () => {
    process.env.STATE_creation = '{"owner":"hush';
    const said = await post(env, async () => {});
    expect(said).toEqual([
      expect.stringContaining('The state that this step saved for its post step is invalid.'),
    ]);
    expect(said.join()).not.toContain('hush');
  });
});
