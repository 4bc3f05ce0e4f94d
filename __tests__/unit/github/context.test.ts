import { writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EnvironmentError, readContext, readEvent, required } from '../../../src/github/context.ts';
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
  test('of a push is its branch', () => {
    expect(readContext(pushEnvironment, { ref: 'refs/heads/main' })).toEqual({
      origin: { host: 'github.com', id: '1234', name: 'acme/shop' },
      runId: '5678',
      runAttempt: '2',
      workflow: 'preview',
      ref: 'branch main',
      eventName: 'push',
      pullRequest: undefined,
      withoutSecrets: undefined,
    });
  });

  test('of a tag is its tag', () => {
    const env = { ...pushEnvironment, GITHUB_REF_NAME: 'v1', GITHUB_REF_TYPE: 'tag' };
    expect(readContext(env, {}).ref).toBe('tag v1');
  });

  test('of a ref of no type is a ref, and of no event this run’s', () => {
    const env = { ...pushEnvironment, GITHUB_REF_TYPE: '', GITHUB_EVENT_NAME: undefined };
    expect(readContext(env, {})).toMatchObject({ ref: 'ref main', eventName: 'of this run' });
  });

  test.each([undefined, ''])('of an event without a ref (%j) has none', (name) => {
    const env = { ...pushEnvironment, GITHUB_REF_NAME: name, GITHUB_REF_TYPE: name };
    expect(readContext(env, {}).ref).toBeUndefined();
  });

  test.each(['pull_request', 'pull_request_target', 'pull_request_review'])(
    'of %s is its number',
    (event) => {
      const env = { ...pullRequestEnvironment, GITHUB_EVENT_NAME: event };
      expect(readContext(env, pullRequestEvent())).toMatchObject({
        pullRequest: 42,
        withoutSecrets: undefined,
      });
    },
  );

  test('of a server of one’s own keeps its host and port', () => {
    const env = { ...pushEnvironment, GITHUB_SERVER_URL: 'https://GHE.example.com:8443' };
    expect(readContext(env, {}).origin.host).toBe('ghe.example.com:8443');
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

  test('in a pull request by Dependabot, even if somebody else runs it again', () => {
    expect(reason(pullRequestEvent({ id: 1234 }, dependabot))).toBe('Dependabot');
  });

  test('in a push by Dependabot', () => {
    const env = { ...pushEnvironment, GITHUB_ACTOR: dependabot };
    expect(readContext(env, {}).withoutSecrets).toBe('Dependabot');
  });

  test('in no run of pull_request_target, though the code be a fork’s', () => {
    const changes = { GITHUB_EVENT_NAME: 'pull_request_target' };
    expect(reason(pullRequestEvent(fork), changes)).toBeUndefined();
    expect(reason(pullRequestEvent(null), changes)).toBeUndefined();
  });

  test('in no pull request of the repository itself, nor without one', () => {
    expect(reason(pullRequestEvent())).toBeUndefined();
    expect(reason({})).toBeUndefined();
  });

  test('in no pull request of somebody without a name', () => {
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

describe('an event that is garbage', () => {
  const { pull_request } = pullRequestEvent();

  test.each([
    ...[undefined, null, 'text', 7, [], {}],
    ...[null, 'text', 7, [], {}].map((value) => ({ pull_request: value })),
    ...['42', 0, -1, 1.5, null].map((number) => ({ pull_request: { ...pull_request, number } })),
    { pull_request: { number: 42 } },
    { pull_request: { ...pull_request, head: 'x' } },
  ])('counts as one without a pull request: %j', (event) => {
    expect(readContext(pullRequestEnvironment, event)).toMatchObject({
      pullRequest: undefined,
      withoutSecrets: undefined,
    });
  });

  test('never fails', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => readContext(pullRequestEnvironment, value)).not.toThrow();
        expect(() => readContext(pullRequestEnvironment, { pull_request: value })).not.toThrow();
      }),
    );
  });
});

describe('a variable that is not as it should be', () => {
  test.each([
    ...['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY_ID', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID'].flatMap((name) =>
      [undefined, ''].map((value) => [name, value, 'is not set'] as const),
    ),
    ['GITHUB_SERVER_URL', 'github.com', 'is not a URL'],
    ['GITHUB_REPOSITORY_ID', 'x', 'is not a number'],
    ['GITHUB_REPOSITORY_ID', '12 34', 'is not a number'],
    ['GITHUB_RUN_ID', '-1', 'is not a number'],
  ] as const)('is named: %s=%j %s', (name, value, fault) => {
    const error = thrownBy(() => readContext({ ...pushEnvironment, [name]: value }, {}));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(error.message).toMatch(new RegExp(`^${name} ${fault}: .*runner 2\\.327\\.0 or newer\\.$`));
  });

  test('is no matter where it has a value', () => {
    expect(required({ NAME: 'value' }, 'NAME')).toBe('value');
  });
});

test('any variables give a context as the label needs it, or the name of one that is wrong', () => {
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
        expect((error as Error).message).toMatch(/^GITHUB_[A-Z_]+ is not /);
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

  test('is nothing where the file is no JSON', () =>
    withFolder((path) => {
      writeFileSync(path('event.json'), '{');
      expect(readEvent({ GITHUB_EVENT_PATH: path('event.json') })).toBeUndefined();
    }));

  test('is nothing where there is no file', () =>
    withFolder((path) => {
      expect(readEvent({ GITHUB_EVENT_PATH: path('event.json') })).toBeUndefined();
      expect(readEvent({})).toBeUndefined();
    }));
});
