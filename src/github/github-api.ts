import type { getOctokit } from '@actions/github';
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
      path: 'pulls',
      permission: 'the permission pull-requests: read',
      isDeletable: false,
      isFinished: (item) => z.parse(pullRequestSchema(), item).state === 'closed',
    },
    run: {
      plural: 'runs',
      path: 'actions/runs',
      permission: 'the permission actions: read',
      isDeletable: true,
      isFinished: (item) => z.parse(runSchema(), item).status === 'completed',
    },
  },
};

const pullRequestSchema = () => z.object({ state: z.enum(['open', 'closed']) });
const runSchema = () => z.object({ status: z.string() });
const repositorySchema = () => z.object({ id: z.int(), full_name: z.string() });

type Octokit = ReturnType<typeof getOctokit>;

/** @param thisOrigin the repository that this step runs in, with its current name */
export async function openGitHub(access: ApiAccess, thisOrigin: Origin): Promise<CiConnection> {
  const octokit = await openOctokit(access);
  const names = new Map<string, Promise<string>>();
  const openRepository = async (origin: Origin): Promise<Get> => {
    const key = `${origin.id} ${origin.name}`;
    const current = names.get(key) ?? currentName(origin, thisOrigin, octokit);
    names.set(key, current);
    return getterOf(await current, octokit);
  };
  return {
    ask: (labels) => askForStates(labels, gitHub, openRepository),
    inspectToken: () => inspectToken(gitHub, thisOrigin, openRepository),
  };
}

/** Another repository may have the name of the label by now, so the ID decides. */
async function currentName(origin: Origin, thisOrigin: Origin, octokit: Octokit): Promise<string> {
  if (isSameOrigin(origin, thisOrigin)) return thisOrigin.name;
  const { id, full_name } = z.parse(repositorySchema(), await getterOf(origin.name, octokit)(''));
  if (String(id) === origin.id) return full_name;
  throw new ApiError(
    `${origin.name} is the name of another repository now: the one with the ID ${origin.id} was renamed or deleted. If it was renamed, run the sweep there.`,
  );
}

function getterOf(name: string, octokit: Octokit): Get {
  // Anyone who can write descriptions can write labels, so no name may lead elsewhere in the API.
  const { owner, repo } = /^(?<owner>[\w-]+)\/(?<repo>(?!\.+$)[\w.-]+)$/.exec(name)?.groups ?? {};
  return async (path, query) => {
    if (owner === undefined || repo === undefined) {
      throw new ApiError(`"${name}" can't be the name of a repository. ${checkLabel}`);
    }
    const route = `GET /repos/{owner}/{repo}${path === '' ? '' : `/${path}`}`;
    return (await octokit.request(route, { owner, repo, ...query })).data;
  };
}

/** @actions/github is large, so it's loaded only if there is something to ask. */
async function openOctokit(access: ApiAccess): Promise<Octokit> {
  const { getOctokit } = await import('@actions/github');
  const fetch = openApi(gitHub, access);
  return getOctokit(access.token || 'none', {
    baseUrl: access.apiUrl,
    userAgent: `capture-client-action/${version}`,
    // Octokit would print the text of a response's headers.
    request: { fetch, log: { debug() {}, info() {}, warn() {}, error() {} } },
  });
}
