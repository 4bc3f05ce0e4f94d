import { writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  EnvironmentError,
  readContext,
  readEvent,
  requireVariable,
  requireWorkflowStep,
  userAgent,
} from '../../../src/github/context.ts';
import { version } from '../../../src/version.ts';
import { anyText } from '../../support/arbitraries.ts';
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
      wording: expect.anything(),
    });
  });

  test('of a tag has the tag', () => {
    const env = { ...pushEnvironment, GITHUB_REF_NAME: 'v1', GITHUB_REF_TYPE: 'tag' };
    expect(readContext(env, {}).ref).toBe('tag v1');
  });

  test('has substitutes for a missing ref type and event name', () => {
    const env = { ...pushEnvironment, GITHUB_REF_TYPE: '', GITHUB_EVENT_NAME: undefined };
    expect(readContext(env, {})).toMatchObject({ ref: 'ref main', eventName: 'of this run' });
  });

  test.each([undefined, ''])('of an event without a ref (%j) has none', (name) => {
    const env = { ...pushEnvironment, GITHUB_REF_NAME: name, GITHUB_REF_TYPE: name };
    expect(readContext(env, {}).ref).toBeUndefined();
  });

  test('on a GitHub Enterprise server has its host and port', () => {
    const env = { ...pushEnvironment, GITHUB_SERVER_URL: 'https://GHE.example.com:8443' };
    expect(readContext(env, {}).origin.host).toBe('ghe.example.com:8443');
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
    { number: 42, head: { ref: 'x' }, base: { repo: { id: 1 } } },
    { number: 42, head: { repo: { id: 1 } }, base: { repo: { name: 'shop' } } },
    { number: 42, head: { repo: { full_name: 'acme/shop' } }, base: { repo: {} }, user: 'x', state: 7 },
  ])('of an event without repository IDs has its number: %j', (event) => {
    expect(read({ pull_request: event })).toEqual([42, undefined, undefined]);
  });
});

describe('secrets are missing', () => {
  const reason = (event: unknown, changes: Record<string, string> = {}) =>
    readContext({ ...pullRequestEnvironment, ...changes }, event).withoutSecrets;

  test('in a pull request from a fork', () => {
    expect(reason(pullRequestEvent(fork))).toBe('a fork');
  });

  test('in a pull request from a fork that was deleted', () => {
    const event = pullRequestEvent(null);
    expect(reason(event)).toBe('a fork');
    expect(readContext(pullRequestEnvironment, event).pullRequest).toBe(42);
  });

  test('in a review of a pull request from a fork', () => {
    expect(reason(pullRequestEvent(fork), { GITHUB_EVENT_NAME: 'pull_request_review' })).toBe('a fork');
  });

  test('in a pull request by Dependabot, even if someone else re-runs it', () => {
    expect(reason(pullRequestEvent({ id: 1234 }, dependabot))).toBe('Dependabot');
  });

  test('in a push by Dependabot', () => {
    const env = { ...pushEnvironment, GITHUB_ACTOR: dependabot };
    expect(readContext(env, {}).withoutSecrets).toBe('Dependabot');
  });

  test('in no run of pull_request_target, even for a fork', () => {
    const changes = { GITHUB_EVENT_NAME: 'pull_request_target' };
    expect(reason(pullRequestEvent(fork), changes)).toBeUndefined();
    expect(reason(pullRequestEvent(null), changes)).toBeUndefined();
  });

  test('neither in a pull request from the repository itself nor without a pull request', () => {
    expect(reason(pullRequestEvent())).toBeUndefined();
    expect(reason({})).toBeUndefined();
  });

  test('in no pull request by a user without a name', () => {
    const { pull_request } = pullRequestEvent();
    expect(reason({ pull_request: { ...pull_request, user: null } })).toBeUndefined();
  });
});

describe('the workflow’s name', () => {
  test.each([
    ['acme/shop/.github/workflows/preview.yml@refs/heads/main', 'preview'],
    ['acme/shop/.github/workflows/preview.yaml@refs/tags/v1', 'preview'],
    ['acme/shop/.github/workflows/e2e tests.yml@refs/heads/main', 'e2e tests'],
    ['acme/shop/.github/workflows/preview.test.yml@refs/heads/main', 'preview.test'],
    ['acme/shop/.github/workflows/preview.yml.yml@refs/heads/main', 'preview.yml'],
    ['acme/shop/.github/workflows/préview☕.yml@refs/heads/main', 'préview☕'],
    ['acme/shop/.github/workflows/preview.yml@refs/heads/user@feature', 'preview'],
    ['acme/shop/.github/workflows/preview.yml@refs/heads/x/.github/workflows/other.yml', 'preview'],
    ['acme/shop/.github/workflows/preview.yml@refs/pull/42/merge', 'preview'],
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
    ...[null, 'text', 7, [], {}].map((value) => ({ pull_request: value })),
    ...['42', 0, -1, 1.5, null].map((number) => ({ pull_request: { ...pull_request, number } })),
    ...[null, 'text', 7, [], {}].map((value) => ({ issue: value })),
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
        for (const name of ['pull_request', 'issue']) {
          expect(() => readContext(pullRequestEnvironment, { [name]: value })).not.toThrow();
        }
      }),
    );
  });
});

describe('a variable of the runner', () => {
  test.each([
    ...['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY_ID', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID'].flatMap((name) =>
      [undefined, ''].map((value) => [name, value, "isn't set"] as const),
    ),
    ['GITHUB_SERVER_URL', 'github.com', 'is "github.com", which isn\'t a URL'],
    ['GITHUB_REPOSITORY_ID', 'x', 'is "x", which isn\'t a number'],
    ['GITHUB_REPOSITORY_ID', '12 34', 'is "12 34", which isn\'t a number'],
    ['GITHUB_RUN_ID', '-1', 'is "-1", which isn\'t a number'],
  ] as const)('that is missing or invalid is named: %s=%j', (name, value, problem) => {
    const error = thrownBy(() => readContext({ ...pushEnvironment, [name]: value }, {}));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error).toMatchObject({
      name: 'EnvironmentError',
      problem: `${name} ${problem}. Nothing was sent.`,
      hint: 'Run this action as a step of a GitHub Actions workflow, on runner 2.327.0 or later.',
    });
  });

  test('that is set has its value', () => {
    expect(requireVariable({ NAME: 'value' }, 'NAME')).toBe('value');
  });

  test.each(['GITHUB_OUTPUT', 'GITHUB_STATE'])('that every step has, %s, is required', (name) => {
    const env = { GITHUB_OUTPUT: 'output', GITHUB_STATE: 'state' };
    expect(() => requireWorkflowStep(env)).not.toThrow();
    expect(() => requireWorkflowStep({ ...env, [name]: undefined })).toThrow(`${name} isn't set.`);
  });
});

test('any variables give a context that a label can contain, or an error that names one of them', () => {
  const text = fc.oneof(
    anyText,
    fc.constantFrom('', '7', 'https://x.example', ...Object.values(pushEnvironment).map(String)),
  );
  const changes = fc.dictionary(fc.constantFrom(...Object.keys(pushEnvironment)), text, { maxKeys: 3 });
  fc.assert(
    fc.property(changes, (changed) => {
      try {
        const context = readContext({ ...pushEnvironment, ...changed }, {});
        expect(context.origin.host).toMatch(/^\S+$/);
        expect(context.origin.name).not.toBe('');
        for (const id of [context.origin.id, context.runId, context.runAttempt]) expect(id).toMatch(/^\d+$/);
        expect(context.workflow).toMatch(/^[^/]+$/);
      } catch (error) {
        expect(error).toBeInstanceOf(EnvironmentError);
        expect((error as Error).message).toMatch(/^GITHUB_[A-Z_]+ is/);
      }
    }),
    { numRuns: 1000 },
  );
});

describe('the event’s payload', () => {
  test('is read from its file', () =>
    withFolder((path) => {
      writeFileSync(path('event.json'), JSON.stringify(pullRequestEvent()));
      expect(readEvent({ GITHUB_EVENT_PATH: path('event.json') })).toEqual(pullRequestEvent());
    }));

  test('can start with a byte-order mark', () =>
    withFolder((path) => {
      writeFileSync(path('event.json'), `\ufeff${JSON.stringify(pullRequestEvent())}`);
      expect(readEvent({ GITHUB_EVENT_PATH: path('event.json') })).toEqual(pullRequestEvent());
    }));

  test('keeps a byte-order mark inside a text', () =>
    withFolder((path) => {
      writeFileSync(path('event.json'), '{"title":"\ufeff"}');
      expect(readEvent({ GITHUB_EVENT_PATH: path('event.json') })).toEqual({ title: '\ufeff' });
    }));

  test('is undefined if the file is not JSON', () =>
    withFolder((path) => {
      writeFileSync(path('event.json'), '{');
      expect(readEvent({ GITHUB_EVENT_PATH: path('event.json') })).toBeUndefined();
    }));

  test('is undefined without a file', () =>
    withFolder((path) => {
      expect(readEvent({ GITHUB_EVENT_PATH: path('event.json') })).toBeUndefined();
      expect(readEvent({})).toBeUndefined();
    }));
});

test('the user agent names the action, its version, the repository, and the run', () => {
  expect(userAgent(readContext(pushEnvironment, {}))).toBe(
    `capture-client-action/${version} (github.com/acme/shop; run 5678)`,
  );
});
