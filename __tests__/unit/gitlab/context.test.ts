import { expect, test } from '@jest/globals';
import { isGitLab, readPipelineContext } from '../../../src/gitlab/context.ts';

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

test('the host has no default port', () => {
  expect(readPipelineContext({ ...env, CI_SERVER_URL: 'https://gitlab.com:443' }).origin.host).toBe(
    'gitlab.com',
  );
});

test('the context of a merge request has its number', () => {
  expect(readPipelineContext({ ...env, CI_MERGE_REQUEST_IID: '42' }).pullRequest).toBe(42);
});

test.each([
  ['7', undefined],
  [env.CI_PROJECT_ID, 42],
])('a merge request of the project %s counts as %p', (target, expected) => {
  const variables = { ...env, CI_MERGE_REQUEST_IID: '42', CI_MERGE_REQUEST_PROJECT_ID: target };
  expect(readPipelineContext(variables).pullRequest).toBe(expected);
});

test('the context of a tag has the tag', () => {
  expect(readPipelineContext({ ...env, CI_COMMIT_TAG: 'v1' }).ref).toBe('tag v1');
});

test.each([
  ['ci/preview.yml', 'preview'],
  ['preview.yaml@acme/templates:main', 'preview'],
  ['https://example.com/ci/preview.yml', 'preview'],
  ['', 'gitlab-ci'],
])('the name for the configuration %j is %s', (CI_CONFIG_PATH, name) => {
  expect(readPipelineContext({ ...env, CI_CONFIG_PATH }).workflow).toBe(name);
});

test.each(['CI_SERVER_URL', 'CI_PROJECT_ID', 'CI_PROJECT_PATH', 'CI_PIPELINE_ID'])(
  'without %s there is none',
  (name) => {
    expect(() => readPipelineContext({ ...env, [name]: '' })).toThrow(
      `GITLAB_CI is true, but ${name} isn't set.`,
    );
  },
);

test('outside GitLab there is none', () => {
  expect(isGitLab({ CI: 'true' })).toBe(false);
});
