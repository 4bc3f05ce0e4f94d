import { hostname } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import type { Environment } from '../../../src/capture/network-settings.ts';
import { isCiJob, type RunNeeds, readRunContext } from '../../../src/shell/ci-systems.ts';
import { pushEnvironment } from '../../support/fixtures.ts';

const all: RunNeeds = { origin: true, runId: true, ownRun: false };
const none: RunNeeds = { origin: false, runId: false, ownRun: false };

function read(env: Environment, flags = {}, needs = all) {
  return readRunContext(env, flags, needs);
}

describe('a CI system is recognized:', () => {
  const host = 'git.example.com';
  const name = 'acme/shop';
  const url = 'https://user:hush@git.example.com/acme/shop.git';

  test.each<[string, Environment, object]>([
    [
      'GitHub Actions, as its action does',
      { ...pushEnvironment, GITHUB_ACTIONS: 'true' },
      {
        origin: { host: 'github.com', id: '1234', name },
        runId: '5678',
        runAttempt: '2',
        workflow: 'preview',
        ref: 'branch main',
        hasSubgroups: false,
        place: 'GitHub Actions',
      },
    ],
    [
      'GitLab',
      {
        GITLAB_CI: 'true',
        CI_SERVER_URL: 'https://git.example.com',
        CI_PROJECT_ID: '9',
        CI_PROJECT_PATH: name,
        CI_PIPELINE_ID: '10',
        CI_MERGE_REQUEST_IID: '42',
      },
      { origin: { host, id: '9', name }, runId: '10', pullRequest: 42 },
    ],
    [
      'Jenkins',
      {
        JENKINS_URL: 'x',
        GIT_URL: 'http://user:hush@git.example.com:8080/acme/my.github.io.git//',
        BUILD_URL: 'https://ci/job/shop/7/',
        CHANGE_ID: '42',
        BRANCH_NAME: 'PR-42',
      },
      {
        origin: { host: 'git.example.com:8080', id: 'acme/my.github.io', name: 'acme/my.github.io' },
        runId: 'https://ci/job/shop/7/',
        ref: 'branch PR-42',
        pullRequest: 42,
      },
    ],
    [
      'Azure Pipelines',
      {
        TF_BUILD: 'True',
        BUILD_REPOSITORY_URI: 'https://acme@dev.azure.com/acme/project/_git/shop',
        BUILD_BUILDID: '7',
        BUILD_SOURCEBRANCHNAME: 'merge',
        SYSTEM_PULLREQUEST_PULLREQUESTID: '17',
      },
      {
        origin: { host: 'dev.azure.com', id: 'acme/project/_git/shop', name: 'acme/project/_git/shop' },
        runId: '7',
        pullRequest: 17,
      },
    ],
    [
      'Azure Pipelines with a pull request of GitHub',
      {
        TF_BUILD: 'True',
        BUILD_REPOSITORY_URI: url,
        BUILD_BUILDID: '7',
        SYSTEM_PULLREQUEST_PULLREQUESTID: '9999',
        SYSTEM_PULLREQUEST_PULLREQUESTNUMBER: '42',
      },
      { origin: { host, id: name, name }, pullRequest: 42 },
    ],
    [
      'Buildkite',
      {
        BUILDKITE: 'true',
        BUILDKITE_REPO: 'git@git.example.com:acme/shop.git',
        BUILDKITE_BUILD_ID: 'b81ed283',
        BUILDKITE_PULL_REQUEST: 'false',
        BUILDKITE_BRANCH: 'main',
      },
      { origin: { host, id: name, name }, runId: 'b81ed283', ref: 'branch main', pullRequest: undefined },
    ],
    [
      'CircleCI',
      {
        CIRCLECI: 'true',
        CIRCLE_REPOSITORY_URL: 'ssh://git@git.example.com:22/acme/2048',
        CIRCLE_WORKFLOW_ID: 'w1',
        CIRCLE_PULL_REQUEST: 'https://git.example.com/acme/2048/pull/42',
      },
      { origin: { host, id: 'acme/2048', name: 'acme/2048' }, runId: 'w1', pullRequest: 42 },
    ],
  ])('%s', (_, env, expected) => {
    const context = read(env);
    expect(context).toMatchObject(expected);
    expect(context.problems).toEqual([]);
    expect(JSON.stringify(context)).not.toContain('hush');
  });

  const noOrigin = (reason: string) =>
    `--origin is missing, and ${reason}. Pass --origin HOST/OWNER/NAME, the repository that the client belongs to.`;
  const noRunId = (reason: string) =>
    `--run-id is missing, and ${reason}. Pass the same ID to create and delete.`;

  test.each(['', 'shop', 'a b', 'https://git.example.com', '/srv/git/shop.git'])(
    'a Jenkins job whose repository is %j has no origin',
    (GIT_URL) => {
      const { problems } = read({ JENKINS_URL: 'x', GIT_URL, BUILD_URL: 'x' });
      expect(problems).toEqual([noOrigin("the variables of Jenkins don't contain it (GIT_URL)")]);
    },
  );

  test.each<[Environment, string, variable?: string]>([
    [{ JENKINS_URL: 'x' }, "the variables of Jenkins don't contain it", ' (GIT_URL)'],
    [{ GITHUB_ACTIONS: 'true' }, "the variables of GitHub Actions don't contain it"],
    [{ GITLAB_CI: 'true', CI_PROJECT_ID: '9' }, "the variables of GitLab CI don't contain it"],
    [{}, 'the variables of no known CI system are set'],
  ])('what %j lacks, flags say', (env, reason, variable = '') => {
    const problem = noOrigin(`${reason}${variable}`);
    expect(read(env).problems).toEqual([problem, noRunId(reason)]);
    expect(read(env, {}, none).problems).toEqual([]);
    expect(read(env, { runId: '7' }, { ...all, ownRun: true }).problems).toEqual([problem]);
    const { origin, runId, problems } = read(env, { origin: 'git.example.com/acme/shop', runId: '7' });
    expect(problems).toEqual([]);
    expect([origin, runId]).toEqual([{ host, id: name, name }, '7']);
  });
});

test.each<[Environment, boolean]>([
  [{}, false],
  [{ CI: '' }, false],
  [{ CI: 'false' }, false],
  [{ CI: 'true' }, true],
  [{ GITHUB_ACTIONS: 'true' }, true],
  [{ JENKINS_URL: 'x' }, true],
])('%j is the environment of a CI job: %j', (env, expected) => {
  expect(isCiJob(env)).toBe(expected);
});

describe('flags', () => {
  test('win over the CI system', () => {
    const env = { ...pushEnvironment, GITHUB_ACTIONS: 'true' };
    const context = read(env, { origin: 'Git.example.com/a/b/c', runId: 'x' });
    expect(context.origin).toEqual({ host: 'git.example.com', id: 'a/b/c', name: 'a/b/c' });
    expect(context).toMatchObject({ runId: 'x', place: '--origin' });
  });

  test.each(['shop', 'acme/shop', 'host/acme/', 'host/acme/shop/', 'host//shop', 'ho st/a/b', '/acme/shop'])(
    'reject the origin %j',
    (origin) => {
      expect(read({}, { origin, runId: '1' }).problems).toEqual([
        `--origin: "${origin}" isn't HOST/OWNER/NAME. Use, for example, git.example.com/acme/shop.`,
      ]);
    },
  );
});

describe('outside CI systems', () => {
  test.each<[Environment, string]>([
    [{ USER: 'dev' }, 'dev/local'],
    [{ USERNAME: 'dev' }, 'dev/local'],
    [{}, 'user/local'],
  ])('clients belong to the user of this machine: %j', (env, name) => {
    const context = read(env, {}, none);
    const defaults = { runAttempt: '1', workflow: 'capture-client', hasSubgroups: true, problems: [] };
    const origin = { host: hostname().toLowerCase(), id: name, name };
    expect(context).toMatchObject({ ...defaults, origin, place: 'this machine' });
    expect(context.runId).toMatch(/^[0-9a-f]{16}$/);
  });
});

test.each<[string, boolean, Environment, object]>([
  ['GitHub Actions', true, { ...pushEnvironment, GITHUB_ACTIONS: 'true' }, {}],
  ['another origin', false, { ...pushEnvironment, GITHUB_ACTIONS: 'true' }, { origin: 'host/acme/shop' }],
  ['Jenkins', false, { JENKINS_URL: 'x', GIT_URL: 'https://host/acme/shop', BUILD_URL: 'x' }, {}],
])('with %s, a run that a sweep could not ask about is rejected: %j', (_, isRejected, env, flags) => {
  const needs = { origin: true, runId: true, ownRun: true };
  const { problems = [] } = read(env, { ...flags, runId: '42' }, needs);
  expect(problems.some((problem) => problem.startsWith('--run-id: "42" isn\'t this run'))).toBe(isRejected);
  expect(read(env, { ...flags, runId: '5678' }, needs).problems).toEqual([]);
  expect(read(env, { ...flags, runId: '42' }, { ...needs, ownRun: false }).problems).toEqual([]);
});
