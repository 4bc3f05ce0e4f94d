import * as z from 'zod/mini';
import { askForStates } from '../ci/ci-system.ts';
import {
  type Api,
  type ApiAccess,
  ApiError,
  explain,
  type Get,
  inspectToken,
  isFinished,
  openApi,
} from '../ci/rest.ts';
import type { Label, Origin } from '../lifecycle/label.ts';
import type { SubjectStates } from '../lifecycle/sweep-plan.ts';
import { version } from '../version.ts';

const gitLab: Api = {
  name: 'GitLab',
  tokenName: 'CAPTURE_GITLAB_TOKEN',
  urlVariable: 'CI_API_V4_URL',
  withoutToken: { hint: 'Set it to a token with the scope read_api.', isFault: false },
  kinds: {
    pull_request: {
      plural: 'merge requests',
      path: 'merge_requests',
      permission: 'the scope read_api and at least the role Reporter',
      isDeletable: false,
      isFinished: (item) => ['closed', 'merged'].includes(z.parse(mergeRequestSchema(), item).state),
    },
    run: {
      plural: 'pipelines',
      path: 'pipelines',
      permission: 'the scope read_api and at least the role Reporter',
      isDeletable: true,
      // GitLab adds statuses from time to time, and all of them were unfinished.
      isFinished: (item) =>
        ['success', 'failed', 'canceled', 'skipped'].includes(z.parse(pipelineSchema(), item).status),
    },
  },
};

const mergeRequestSchema = () => z.object({ state: z.enum(['opened', 'locked', 'closed', 'merged']) });
const pipelineSchema = () => z.object({ status: z.string() });

/**
 * Asks GitLab which merge requests and pipelines are finished. Projects are addressed by their ID.
 * @param labels of the server that `access.apiUrl` belongs to
 */
export async function askGitLab(labels: readonly Label[], access: ApiAccess): Promise<SubjectStates> {
  const send = openApi(gitLab, access);
  return await askForStates(labels, {
    isFinished: (subject) => isFinished(gitLab, subject, getterOf(subject.origin, send, access)),
    explain: explain(gitLab),
  });
}

/** Shows whether the token can read what the sweep needs of a project, in whole sentences. */
export async function inspectGitLabToken(origin: Origin, access: ApiAccess) {
  return await inspectToken(gitLab, origin, getterOf(origin, openApi(gitLab, access), access));
}

function getterOf({ id }: Origin, send: typeof fetch, { apiUrl, token = '' }: ApiAccess): Get {
  const headers = { 'private-token': token, 'user-agent': `capture-client-action/${version}` };
  return async (path, query) => {
    // Anyone who can write descriptions can write labels, so no ID may lead elsewhere in the API.
    if (!/^\d+$/.test(id)) {
      throw new ApiError(
        `"${id}" can't be the ID of a project. Check who wrote the label in the description of that client.`,
      );
    }
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
    return await (await send(`${apiUrl}/projects/${id}/${path}${search}`, { headers })).json();
  };
}
