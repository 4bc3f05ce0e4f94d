import type { ApiAccess } from '../../src/ci/rest.ts';
import { openGitHub } from '../../src/github/github-api.ts';
import type { Label, Origin } from '../../src/lifecycle/label.ts';
import { openGitLab } from '../../src/shell/gitlab-api.ts';
import { noNetworkSettings, runLabel } from './basics.ts';
import { EmulatedGitHub, GitHubReply } from './github-api.ts';
import { EmulatedGitLab, GitLabReply } from './gitlab-api.ts';

/** What the responses of both stand-ins have in common. */
export type Responses = Record<string, object | number | 'never' | 'garbage'>;

const gitHubOrigin: Origin = { host: 'github.com', id: '1234', name: 'acme/shop' };
const gitLabOrigin: Origin = { host: 'gitlab.com', id: '1234', name: 'acme/web/shop' };

/** What the tests of GitHub's and GitLab's API share, and in what the two differ. */
export const systems = [
  {
    name: 'GitHub',
    origin: gitHubOrigin,
    other: { id: '77', name: 'acme/web' },
    /** The requests that find the other repository, and their responses. */
    otherFound: { '/repos/acme/web': { id: 77, full_name: 'acme/web' } } as Responses,
    otherPulls: '/repos/acme/web/pulls',
    pulls: '/repos/acme/shop/pulls',
    runs: '/repos/acme/shop/actions/runs',
    open: { state: 'open' },
    closed: { state: 'closed' },
    active: { status: 'in_progress' },
    completed: { status: 'completed' },
    pullWords: 'pull requests',
    runWords: 'runs',
    token: '`github_token`',
    urlVariable: 'GITHUB_API_URL',
    start: (responses: Responses) => EmulatedGitHub.start(responses),
    reply: (...args: ConstructorParameters<typeof GitHubReply>) => new GitHubReply(...args),
    connect: async (access: ApiAccess) => openGitHub(access, gitHubOrigin),
  },
  {
    name: 'GitLab',
    origin: gitLabOrigin,
    other: { id: '77', name: 'acme/api' },
    otherFound: {} as Responses,
    otherPulls: '/projects/77/merge_requests',
    pulls: '/projects/1234/merge_requests',
    runs: '/projects/1234/pipelines',
    open: { state: 'opened' },
    closed: { state: 'merged' },
    active: { status: 'running' },
    completed: { status: 'success' },
    pullWords: 'merge requests',
    runWords: 'pipelines',
    token: 'CAPTURE_GITLAB_TOKEN',
    urlVariable: 'CI_API_V4_URL',
    start: (responses: Responses) => EmulatedGitLab.start(responses),
    reply: (...args: ConstructorParameters<typeof GitLabReply>) => new GitLabReply(...args),
    connect: async (access: ApiAccess) => openGitLab(access, gitLabOrigin),
  },
] as const;

export type System = (typeof systems)[number];
export type StandIn = EmulatedGitHub | EmulatedGitLab;

/** The label of a pull request (number) or a run (text). */
export function labelIn({ origin }: Pick<System, 'origin'>) {
  return (subject: number | string, place: Partial<Origin> = {}): Label => {
    const purpose: Label['purpose'] =
      typeof subject === 'number'
        ? { lifetime: 'pull_request', pullRequest: subject }
        : { lifetime: 'run', runId: subject };
    return { ...runLabel, purpose, origin: { ...origin, ...place } };
  };
}

export const accessTo = (apiUrl: string): ApiAccess => ({
  apiUrl,
  token: 'token',
  network: noNetworkSettings,
  limitMs: 60_000,
});

export async function inspect(system: System, access: ApiAccess) {
  return await (await system.connect(access)).inspectToken();
}

/** Asks a stand-in with these responses about the subjects of these labels. */
export async function askSystem(
  system: System,
  responses: Responses,
  labels: readonly Label[],
  { prepare = () => {}, ...access }: Partial<ApiAccess> & { prepare?: (standIn: StandIn) => void } = {},
) {
  await using standIn: StandIn = await system.start(responses);
  prepare(standIn);
  const asked = await (await system.connect({ ...accessTo(standIn.url), ...access })).ask(labels);
  return {
    states: labels.map(asked.stateOf),
    problems: asked.problems,
    isTokenUsable: asked.isTokenUsable,
    paths: standIn.paths,
    requests: standIn.requests,
  };
}
