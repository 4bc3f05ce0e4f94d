import * as z from 'zod/mini';
import { type ApiAccess, ApiError, openApi } from '../ci/rest.ts';
import {
  askForStates,
  type CiDescription,
  checkLabel,
  type Get,
  inspectToken,
} from '../ci/subject-states.ts';
import type { CiConnection } from '../host.ts';
import type { Origin } from '../lifecycle/label.ts';
import { version } from '../version.ts';

const gitLab: CiDescription = {
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

/** Projects are addressed by their ID. @param thisOrigin the project of this job */
export function openGitLab(access: ApiAccess, thisOrigin: Origin): CiConnection {
  const { apiUrl, token = '' } = access;
  const send = openApi(gitLab, access);
  const headers = { 'private-token': token, 'user-agent': `capture-client-action/${version}` };
  const openRepository = async ({ id }: Origin): Promise<Get> => {
    // Anyone who can write descriptions can write labels, so no ID may lead elsewhere in the API.
    if (!/^\d+$/.test(id)) throw new ApiError(`"${id}" can't be the ID of a project. ${checkLabel}`);
    return async (path, query) => {
      const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
      return await (await send(`${apiUrl}/projects/${id}/${path}${search}`, { headers })).json();
    };
  };
  return {
    ask: (labels) => askForStates(labels, gitLab, openRepository),
    inspectToken: () => inspectToken(gitLab, thisOrigin, openRepository),
  };
}
