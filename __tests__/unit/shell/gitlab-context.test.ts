import { expect, test } from '@jest/globals';
import { isGitLab, readPipelineContext } from '../../../src/shell/gitlab-context.ts';

const env = {
  GITLAB_CI: 'true',
  CI_SERVER_URL: 'https://gitlab.example.com:8443',
  CI_PROJECT_ID: '1234',
  CI_PROJECT_PATH: 'acme/tools/shop',
  CI_PIPELINE_ID: '5678',
  CI_COMMIT_REF_NAME: 'main',
  CI_CONFIG_PATH: '.gitlab-ci.yml',
};

test('the context of a pipeline has its project, pipeline, and branch', () => {
  expect(isGitLab(env)).toBe(true);
  expect(readPipelineContext(env)).toEqual({
    origin: { host: 'gitlab.example.com:8443', id: '1234', name: 'acme/tools/shop' },
    runId: '5678',
    runAttempt: '1',
    workflow: 'gitlab-ci',
    ref: 'branch main',
    pullRequest: undefined,
  });
});

test.each([
  ['https://gitlab.com:443', 'gitlab.com'],
  ['https://Example.com/gitlab-a', 'example.com/gitlab-a'],
  ['https://example.com:8443/tools/gitlab-b//', 'example.com:8443/tools/gitlab-b'],
])('the server %s is %s: two can live below one host name', (CI_SERVER_URL, host) => {
  expect(readPipelineContext({ ...env, CI_SERVER_URL })?.origin.host).toBe(host);
});

test.each([
  ['7', undefined],
  [undefined, 42],
  [env.CI_PROJECT_ID, 42],
])('a merge request of the project %s counts as %p', (target, expected) => {
  const variables = { ...env, CI_MERGE_REQUEST_IID: '42', CI_MERGE_REQUEST_PROJECT_ID: target };
  expect(readPipelineContext(variables)?.pullRequest).toBe(expected);
});

test('the context of a tag has the tag', () => {
  expect(readPipelineContext({ ...env, CI_COMMIT_TAG: 'v1' })?.ref).toBe('tag v1');
});

test.each([
  ['ci/preview.yml', 'preview'],
  ['preview.yaml@acme/templates:main', 'preview'],
  ['https://example.com/ci/preview.yml', 'preview'],
  ['', 'gitlab-ci'],
])('the name for the configuration %j is %s', (CI_CONFIG_PATH, name) => {
  expect(readPipelineContext({ ...env, CI_CONFIG_PATH })?.workflow).toBe(name);
});

test.each(['CI_SERVER_URL', 'CI_PROJECT_ID', 'CI_PROJECT_PATH', 'CI_PIPELINE_ID'])(
  'without %s there is none',
  (name) => {
    expect(readPipelineContext({ ...env, [name]: '' })).toBeUndefined();
  },
);

test('without a valid server there is none', () => {
  expect(readPipelineContext({ ...env, CI_SERVER_URL: 'gitlab.com' })).toBeUndefined();
});
