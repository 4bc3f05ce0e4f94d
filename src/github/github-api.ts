import type { getOctokit } from '@actions/github';
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
import { isSameOrigin, type Label, type Origin } from '../lifecycle/label.ts';
import type { SubjectStates } from '../lifecycle/sweep-plan.ts';
import { version } from '../version.ts';

export interface GitHubAccess extends ApiAccess {
  /** The repository that this step runs in, with its current name. */
  readonly thisOrigin: Origin;
}

const gitHub: Api = {
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

type GitHub = ReturnType<typeof getOctokit>;

/**
 * Asks GitHub which pull requests and runs are finished.
 * @param labels of the server of `access.thisOrigin`
 */
export async function askGitHub(labels: readonly Label[], access: GitHubAccess): Promise<SubjectStates> {
  const github = await openGitHub(access);
  const names = new Map<string, Promise<string>>();
  return await askForStates(labels, {
    async isFinished(subject) {
      const { origin } = subject;
      const key = `${origin.id} ${origin.name}`;
      const current = names.get(key) ?? currentName(origin, access.thisOrigin, github);
      names.set(key, current);
      return await isFinished(gitHub, subject, getterOf(await current, github));
    },
    explain: explain(gitHub),
  });
}

/** Shows whether the token can read what the sweep needs, in whole sentences. */
export async function inspectGitHubToken(access: GitHubAccess) {
  const get = getterOf(access.thisOrigin.name, await openGitHub(access));
  return await inspectToken(gitHub, access.thisOrigin, get);
}

/** Another repository may have the name of the label by now, so the ID decides. */
async function currentName(origin: Origin, thisOrigin: Origin, github: GitHub): Promise<string> {
  if (isSameOrigin(origin, thisOrigin)) return thisOrigin.name;
  const { id, full_name } = z.parse(repositorySchema(), await getterOf(origin.name, github)(''));
  if (String(id) === origin.id) return full_name;
  throw new ApiError(
    `${origin.name} is the name of another repository now: the one with the ID ${origin.id} was renamed or deleted. If it was renamed, run the sweep there.`,
  );
}

function getterOf(name: string, github: GitHub): Get {
  // Anyone who can write descriptions can write labels, so no name may lead elsewhere in the API.
  const { owner, repo } = /^(?<owner>[\w-]+)\/(?<repo>(?!\.+$)[\w.-]+)$/.exec(name)?.groups ?? {};
  return async (path, query) => {
    if (owner === undefined || repo === undefined) {
      throw new ApiError(
        `"${name}" can't be the name of a repository. Check who wrote the label in the description of that client.`,
      );
    }
    const route = `GET /repos/{owner}/{repo}${path === '' ? '' : `/${path}`}`;
    return (await github.request(route, { owner, repo, ...query })).data;
  };
}

/** @actions/github is large, so it's loaded only if there is something to ask. */
async function openGitHub(access: GitHubAccess): Promise<GitHub> {
  const { getOctokit } = await import('@actions/github');
  const fetch = openApi(gitHub, access);
  return getOctokit(access.token || 'none', {
    baseUrl: access.apiUrl,
    userAgent: `capture-client-action/${version}`,
    // Octokit would print the text of a response's headers.
    request: { fetch, log: { debug() {}, info() {}, warn() {}, error() {} } },
  });
}
