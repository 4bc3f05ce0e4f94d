import type { getOctokit } from '@actions/github';
import * as z from 'zod/mini';
import { type ApiAccess, ApiError, openApi } from '../ci/rest.ts';
import { type CiDescription, checkLabel, connect, type Get } from '../ci/subject-states.ts';
import type { CiConnection } from '../host.ts';
import { isSameOrigin, type Origin } from '../lifecycle/label.ts';
import { version } from '../version.ts';

const gitHub: CiDescription = {
  name: 'GitHub',
  tokenName: '`github_token`',
  urlVariable: 'GITHUB_API_URL',
  deniedNote:
    " The job's own token reads only its own repository. For others, create a token with actions/create-github-app-token in the same job.",
  withoutToken: { hint: "Remove the input to use the job's token.", isFault: true },
  kinds: {
    pull_request: {
      plural: 'pull requests',
      path: '/pulls',
      permission: 'the permission pull-requests: read',
      finished: ['closed'],
    },
    run: {
      plural: 'runs',
      path: '/actions/runs',
      permission: 'the permission actions: read',
      finished: ['completed'],
    },
  },
};

type Octokit = ReturnType<typeof getOctokit>;

/** @param thisOrigin the repository that this step runs in, with its current name */
export async function openGitHub(access: ApiAccess, thisOrigin: Origin): Promise<CiConnection> {
  const octokit = await openOctokit(access);
  const opened = new Map<string, Promise<Get>>();
  return connect(gitHub, thisOrigin, (origin) => {
    if (isSameOrigin(origin, thisOrigin)) return openRepository(thisOrigin.name, octokit);
    const key = `${origin.id} ${origin.name}`;
    const get = opened.get(key) ?? openOther(origin, octokit);
    opened.set(key, get);
    return get;
  });
}

const repositorySchema = () => z.object({ id: z.int(), full_name: z.string() });

/** Another repository may have the name of the label by now, so the ID decides. */
async function openOther({ id, name }: Origin, octokit: Octokit): Promise<Get> {
  const get = await openRepository(name, octokit);
  const found = z.parse(repositorySchema(), await get(''));
  if (String(found.id) === id) return await openRepository(found.full_name, octokit);
  throw new ApiError(
    `${name} is the name of another repository now: the one with the ID ${id} was renamed or deleted. If it was renamed, run the sweep there.`,
  );
}

async function openRepository(name: string, octokit: Octokit): Promise<Get> {
  // Anyone who can write descriptions can write labels, so no name may lead elsewhere in the API.
  if (!/^[\w-]+\/(?!\.+$)[\w.-]+$/.test(name))
    throw new ApiError(`"${name}" can't be the name of a repository. ${checkLabel}`);
  return async (path) => (await octokit.request(`GET /repos/${name}${path}`)).data;
}

/** @actions/github is large, so it's loaded only if there is something to ask. */
async function openOctokit(access: ApiAccess): Promise<Octokit> {
  const { getOctokit } = await import('@actions/github');
  return getOctokit(access.token || 'none', {
    baseUrl: access.apiUrl,
    userAgent: `capture-client-action/${version}`,
    request: { fetch: openApi(gitHub, access) },
  });
}
