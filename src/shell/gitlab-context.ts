import type { Environment } from '../capture/network-settings.ts';
import type { RunContext } from '../inputs/run-context.ts';

export function isGitLab(env: Environment): boolean {
  return env.GITLAB_CI === 'true';
}

/** Reads the variables that GitLab sets in every job. Undefined if a container has only some of them. */
export function readPipelineContext(env: Environment): RunContext | undefined {
  const { CI_SERVER_URL = '', CI_PROJECT_ID: id, CI_PROJECT_PATH: name, CI_PIPELINE_ID: runId } = env;
  const url = URL.parse(CI_SERVER_URL);
  if (!url?.host || !id || !name || !runId) return undefined;
  // Two servers can live below one host name.
  const host = `${url.host}${url.pathname.replace(/\/+$/, '')}`;
  return {
    origin: { host, id, name },
    runId,
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
