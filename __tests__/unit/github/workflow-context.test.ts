import { writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readContext, readEvent, readStepContext } from '../../../src/github/workflow-context.ts';
import {
  pullRequestEnvironment,
  pullRequestEvent,
  pushEnvironment,
  thrownBy,
  withFolder,
} from '../../support/fixtures.ts';

const dependabot = 'dependabot[bot]';
const fork = { id: 99 };

describe('the context', () => {
  test('of a push has its branch', () => {
    expect(readContext(pushEnvironment, { ref: 'refs/heads/main' })).toEqual({
      origin: { host: 'github.com', id: '1234', name: 'acme/shop' },
      runId: '5678',
      runAttempt: '2',
      workflow: 'preview',
      ref: 'branch main',
      eventName: 'push',
      pullRequest: undefined,
      pullRequestState: undefined,
      withoutSecrets: undefined,
    });
  });

  test.each([
    [{ GITHUB_REF_NAME: 'v1', GITHUB_REF_TYPE: 'tag' }, { ref: 'tag v1' }],
    [
      { GITHUB_REF_TYPE: '', GITHUB_EVENT_NAME: undefined },
      { ref: 'ref main', eventName: 'of this run' },
    ],
    [{ GITHUB_REF_NAME: undefined, GITHUB_REF_TYPE: undefined }, { ref: undefined }],
    [{ GITHUB_REF_NAME: '', GITHUB_REF_TYPE: '' }, { ref: undefined }],
    [
      { GITHUB_SERVER_URL: 'https://GHE.example.com:8443' },
      { origin: { host: 'ghe.example.com:8443', id: '1234', name: 'acme/shop' } },
    ],
  ])('with %j has %j', (changes, expected) => {
    expect(readContext({ ...pushEnvironment, ...changes }, {})).toMatchObject(expected);
  });
});

describe('the pull request', () => {
  const read = (event: unknown, name = 'pull_request') => {
    const context = readContext({ ...pullRequestEnvironment, GITHUB_EVENT_NAME: name }, event);
    return [context.pullRequest, context.pullRequestState, context.withoutSecrets];
  };
  const { pull_request } = pullRequestEvent();

  test.each(['pull_request', 'pull_request_target', 'pull_request_review'])(
    'of the event %s has its number and state',
    (name) => {
      for (const state of ['open', 'closed']) {
        expect(read({ pull_request: { ...pull_request, state } }, name)).toEqual([42, state, undefined]);
      }
    },
  );

  test('of a comment is the one that was commented on', () => {
    const user = { login: dependabot };
    const issue = { number: 42, state: 'closed', user, pull_request: { url: 'https://api.github.com/x' } };
    expect(read({ action: 'created', issue, comment: {} }, 'issue_comment')).toEqual([
      42,
      'closed',
      undefined,
    ]);
  });

  test('is none if the comment is on an issue', () => {
    expect(read({ issue: { number: 42, state: 'open' } }, 'issue_comment')).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test.each([
    { number: 42 },
    { number: 42, head: 'x', base: 7 },
    { number: 42, head: { repo: { id: 1 } } },
    { number: 42, head: { repo: { full_name: 'acme/shop' } }, base: { repo: {} }, user: 'x' },
  ])('of an event without repository IDs has its number: %j', (event) => {
    expect(read({ pull_request: event })).toEqual([42, undefined, undefined]);
  });
});

describe('the pull request of a run that another run started', () => {
  const started = (pull_requests: unknown, head = { id: 1234 }) => ({
    workflow_run: { id: 7, head_repository: head, pull_requests },
  });
  const here = { number: 42, head: { repo: { id: 1234 } }, base: { repo: { id: 1234 } } };
  const elsewhere = { ...here, base: { repo: { id: 99 } } };

  test.each<[string, unknown, number | undefined]>([
    ['exactly one', [here], 42],
    ['one of this repository, and one of another', [elsewhere, { ...here, number: 7 }], 7],
    ['none, as for a fork', [], undefined],
    ['two', [here, { ...here, number: 7 }], undefined],
    ['one of another repository', [elsewhere], undefined],
    ['those without a repository', [{ number: 42 }, { number: 7, base: {} }], undefined],
    ['nothing', undefined, undefined],
  ])('is the one that the event names for this repository: %s', (_, listed, number) => {
    const env = { ...pushEnvironment, GITHUB_EVENT_NAME: 'workflow_run' };
    expect(readContext(env, started(listed))).toMatchObject({
      pullRequest: number,
      pullRequestState: undefined,
      withoutSecrets: undefined,
    });
  });
});

describe('secrets are missing', () => {
  const reason = (event: unknown, changes: Record<string, string> = {}) =>
    readContext({ ...pullRequestEnvironment, ...changes }, event).withoutSecrets;

  const named = (name: string) => ({ GITHUB_EVENT_NAME: name });

  test.each<[string, unknown, Record<string, string>, string | undefined]>([
    ['from a fork', pullRequestEvent(fork), {}, 'a fork'],
    ['from a fork that was deleted', pullRequestEvent(null), {}, 'a fork'],
    ['from a fork, in a review', pullRequestEvent(fork), named('pull_request_review'), 'a fork'],
    [
      'by Dependabot, even if someone else re-runs it',
      pullRequestEvent({ id: 1234 }, dependabot),
      {},
      'Dependabot',
    ],
    ['from the repository itself', pullRequestEvent(), {}, undefined],
    [
      'by a user without a name',
      { pull_request: { ...pullRequestEvent().pull_request, user: null } },
      {},
      undefined,
    ],
    ['of another event', {}, {}, undefined],
  ])('in a pull request %s', (_, event, changes, expected) => {
    expect(reason(event, changes)).toBe(expected);
  });

  test('in a push by Dependabot', () => {
    const env = { ...pushEnvironment, GITHUB_ACTOR: dependabot };
    expect(readContext(env, {}).withoutSecrets).toBe('Dependabot');
  });

  test.each(['pull_request_target', 'workflow_run'])('in no run of %s, even for a fork', (name) => {
    const changes = { GITHUB_EVENT_NAME: name, GITHUB_ACTOR: dependabot };
    expect(reason(pullRequestEvent(fork), changes)).toBeUndefined();
    expect(reason(pullRequestEvent(null), changes)).toBeUndefined();
  });
});

describe('the workflow’s name', () => {
  test.each([
    ['acme/shop/.github/workflows/preview.yml@refs/heads/main', 'preview'],
    ['acme/shop/.github/workflows/e2e tests.yml@refs/heads/main', 'e2e tests'],
    ['acme/shop/.github/workflows/preview.yml.yml@refs/heads/main', 'preview.yml'],
    ['acme/shop/.github/workflows/preview.yml@refs/heads/x/.github/workflows/other.yml', 'preview'],
    ['acme/shop/.github/workflows/deploy@eu.yml@refs/heads/main', 'deploy@eu'],
    ['acme/shop/.github/workflows/.yml@refs/heads/main', 'workflow'],
    ['', 'workflow'],
    [undefined, 'workflow'],
  ])('in %j is %j', (workflowRef, name) => {
    expect(readContext({ ...pushEnvironment, GITHUB_WORKFLOW_REF: workflowRef }, {}).workflow).toBe(name);
  });
});

describe('an invalid event', () => {
  const { pull_request } = pullRequestEvent();

  test.each([
    ...[undefined, null, 'text', 7, [], {}],
    ...['42', 0, -1, 1.5, null].map((number) => ({ pull_request: { ...pull_request, number } })),
    { issue: { number: 0, pull_request: {} } },
  ])('counts as an event without a pull request: %j', (event) => {
    expect(readContext(pullRequestEnvironment, event)).toMatchObject({
      pullRequest: undefined,
      withoutSecrets: undefined,
    });
  });

  test('never fails', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => readContext(pullRequestEnvironment, value)).not.toThrow();
        for (const name of ['pull_request', 'issue', 'workflow_run']) {
          expect(() => readContext(pullRequestEnvironment, { [name]: value })).not.toThrow();
        }
      }),
    );
  });
});

describe('a variable of the runner', () => {
  test.each(['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY_ID', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID'])(
    'that is missing or empty is named: %s',
    (name) => {
      for (const value of [undefined, '']) {
        expect(thrownBy(() => readContext({ ...pushEnvironment, [name]: value }, {}))).toMatchObject({
          name: 'ExpectedError',
          problem: `${name} isn't set. Nothing was sent.`,
          hint: 'Run this action as a step of a GitHub Actions workflow, on runner 2.327.1 or later.',
        });
      }
    },
  );

  test('that is no URL is named', () => {
    const env = { ...pushEnvironment, GITHUB_SERVER_URL: 'git.example.com' };
    expect(() => readContext(env, {})).toThrow("GITHUB_SERVER_URL isn't a URL. Nothing was sent.");
  });

  test.each(['GITHUB_OUTPUT', 'GITHUB_STATE'])('that every step has, %s, is required', (name) => {
    const env = { ...pushEnvironment, GITHUB_OUTPUT: 'output', GITHUB_STATE: 'state' };
    expect(readStepContext(env).runId).toBe('5678');
    expect(() => readStepContext({ ...env, [name]: undefined })).toThrow(`${name} isn't set.`);
  });
});

describe('the event’s payload', () => {
  test.each([
    [JSON.stringify(pullRequestEvent()), pullRequestEvent()],
    ['{', undefined],
  ])('is read from its file: %j', (text, event) =>
    withFolder((path) => {
      writeFileSync(path('event.json'), text);
      expect(readEvent({ GITHUB_EVENT_PATH: path('event.json') })).toEqual(event);
    }),
  );

  test('is undefined without a file', () => {
    expect(readEvent({ GITHUB_EVENT_PATH: '/no/such/file' })).toBeUndefined();
    expect(readEvent({})).toBeUndefined();
  });
});
