import type { Environment } from '../capture/network-settings.ts';
import type { RunContext } from '../inputs/run-context.ts';

export function isGitLab(env: Environment): boolean {
  return env.GITLAB_CI === 'true';
}

/** Reads the variables that GitLab sets in every job. Undefined if a container has only some of them. */
export function readPipelineContext(env: Environment): RunContext | undefined {
  const { CI_SERVER_URL, CI_PROJECT_ID: id, CI_PROJECT_PATH: name, CI_PIPELINE_ID: runId } = env;
  const url = URL.parse(`${CI_SERVER_URL}`);
  if (!url?.host || !id || !name || !runId) return undefined;
  const target = env.CI_MERGE_REQUEST_PROJECT_ID ?? id;
  const branch = env.CI_COMMIT_REF_NAME ? `branch ${env.CI_COMMIT_REF_NAME}` : undefined;
  // Two servers can live below one host name.
  const host = `${url.host}${url.pathname.replace(/\/+$/, '')}`;
  return {
    origin: { host, id, name },
    runId,
    runAttempt: '1',
    // `.gitlab-ci.yml` gives `gitlab-ci`; `ci/preview.yml@acme/templates` gives `preview`.
    workflow: env.CI_CONFIG_PATH?.match(/([^/.][^/]*?)\.ya?ml(?:@|$)/)?.[1] ?? 'gitlab-ci',
    ref: env.CI_COMMIT_TAG ? `tag ${env.CI_COMMIT_TAG}` : branch,
    // The pipeline of a fork has the number of a merge request in another project.
    pullRequest: target === id ? Number(env.CI_MERGE_REQUEST_IID) || undefined : undefined,
  };
}
