import type { Environment } from '../capture/network-settings.ts';
import { ExpectedError } from '../errors.ts';
import type { RunContext } from '../inputs/run-context.ts';

export function isGitLab(env: Environment): boolean {
  return env.GITLAB_CI === 'true';
}

/**
 * Reads the context from the variables that GitLab sets in every job.
 * @throws ExpectedError if one of them is missing
 */
export function readPipelineContext(env: Environment): RunContext {
  const url = URL.parse(required(env, 'CI_SERVER_URL'));
  if (!url?.host) throw notGitLab(`CI_SERVER_URL is "${env.CI_SERVER_URL}", which isn't a URL.`);
  // Two servers can live below one host name.
  const host = `${url.host}${url.pathname.replace(/\/+$/, '')}`;
  return {
    origin: { host, id: required(env, 'CI_PROJECT_ID'), name: required(env, 'CI_PROJECT_PATH') },
    runId: required(env, 'CI_PIPELINE_ID'),
    runAttempt: '1',
    workflow: configurationName(env.CI_CONFIG_PATH ?? ''),
    ref: describeRef(env),
    pullRequest: readMergeRequest(env),
  };
}

/** The pipeline of a fork has the number of a merge request in another project. */
function readMergeRequest(env: Environment): number | undefined {
  const { CI_PROJECT_ID: here, CI_MERGE_REQUEST_PROJECT_ID: target = here } = env;
  return target === here ? Number(env.CI_MERGE_REQUEST_IID) || undefined : undefined;
}

/** `.gitlab-ci.yml` gives `gitlab-ci`; `ci/preview.yml@acme/templates` gives `preview`. */
function configurationName(path: string): string {
  return /([^/.][^/]*?)\.ya?ml(?:@|$)/.exec(path)?.[1] ?? 'gitlab-ci';
}

function describeRef(env: Environment): string | undefined {
  if (env.CI_COMMIT_TAG) return `tag ${env.CI_COMMIT_TAG}`;
  return env.CI_COMMIT_REF_NAME ? `branch ${env.CI_COMMIT_REF_NAME}` : undefined;
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (value) return value;
  throw notGitLab(`${name} isn't set.`);
}

function notGitLab(problem: string): ExpectedError {
  return new ExpectedError(
    `GITLAB_CI is true, but ${problem} Nothing was sent.`,
    'Run this command in a GitLab CI job. If it runs in a container, pass the predefined variables to it.',
  );
}
