import { type ApiAccess, ApiError, openApi } from '../ci/rest.ts';
import { type CiDescription, checkLabel, connect } from '../ci/subject-states.ts';
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
      path: '/merge_requests',
      permission: 'the scope read_api and at least the role Reporter',
      finished: ['closed', 'merged'],
    },
    run: {
      plural: 'pipelines',
      path: '/pipelines',
      permission: 'the scope read_api and at least the role Reporter',
      finished: ['success', 'failed', 'canceled', 'skipped'],
    },
  },
};

/** Projects are addressed by their ID. @param thisOrigin the project of this job */
export function openGitLab(access: ApiAccess, thisOrigin: Origin): CiConnection {
  const { apiUrl, token = '' } = access;
  const send = openApi(gitLab, access);
  const headers = { 'private-token': token, 'user-agent': `capture-client-action/${version}` };
  return connect(gitLab, thisOrigin, async ({ id }) => {
    // Anyone who can write descriptions can write labels, so no ID may lead elsewhere in the API.
    if (!/^\d+$/.test(id)) throw new ApiError(`"${id}" can't be the ID of a project. ${checkLabel}`);
    return async (path) => await (await send(`${apiUrl}/projects/${id}${path}`, { headers })).json();
  });
}
