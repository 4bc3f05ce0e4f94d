import { hostname } from 'node:os';
import type { Environment } from '../capture/network-settings.ts';
import { ExpectedError } from '../errors.ts';
import { readContext, readEvent } from '../github/workflow-context.ts';
import { quote } from '../inputs/parsers.ts';
import type { RunContext } from '../inputs/run-context.ts';
import type { Origin } from '../lifecycle/label.ts';
import { randomHex } from '../random.ts';
import { isGitLab, readPipelineContext } from './gitlab-context.ts';

/** What the user says about the run. Each wins over what the CI system says. */
export interface RunFlags {
  readonly origin?: string | undefined;
  readonly runId?: string | undefined;
}

/** What a command needs to know about the run. */
export interface RunNeeds {
  readonly origin: boolean;
  readonly runId: boolean;
  /** No other run than this one, because the sweep asks about it. */
  readonly ownRun: boolean;
}

/** The context of a run, with what's wrong with it. */
export type ShellRun = RunContext & Required<Pick<RunContext, 'problems'>>;

/** What a CI system says about the run. It may not say everything. */
interface Facts {
  readonly run: Partial<RunContext>;
  /** Where they come from, for messages and the debug log. Undefined: the variables of no known system are set. */
  readonly system: string | undefined;
  /** The one that would have the repository. Some systems set it only where they checked it out. */
  readonly repositoryVariable?: string | undefined;
}

/** Finds out which run this process is a part of. What's missing is a problem of the context. */
export function readRunContext(
  env: Environment,
  flags: RunFlags,
  needs: RunNeeds,
): ShellRun & { readonly source: string } {
  const { run, system, repositoryVariable } = readFacts(env);
  const origin = flags.origin === undefined ? run.origin : parseOrigin(flags.origin);
  const runId = flags.runId ?? run.runId;
  const reason =
    system === undefined
      ? 'the variables of no known CI system are set'
      : `the variables of ${system} don't contain it`;
  const originReason = repositoryVariable === undefined ? reason : `${reason} (${repositoryVariable})`;
  const isAsked = (isGitHub(env) || isGitLab(env)) && flags.origin === undefined && run.runId !== undefined;
  const problems = [
    origin === undefined &&
      flags.origin !== undefined &&
      `--origin: ${quote(flags.origin)} isn't HOST/OWNER/NAME. Use, for example, git.example.com/acme/shop.`,
    origin === undefined &&
      flags.origin === undefined &&
      needs.origin &&
      `--origin is missing, and ${originReason}. Pass --origin HOST/OWNER/NAME, the repository that the client belongs to.`,
    runId === undefined &&
      needs.runId &&
      `--run-id is missing, and ${reason}. Pass the same ID to create and delete.`,
    needs.ownRun &&
      isAsked &&
      runId !== undefined &&
      runId !== run.runId &&
      `--run-id: ${quote(runId)} isn't this run, and the sweep asks the CI system about it. Remove --run-id, or pass --origin as well.`,
  ].filter((problem) => problem !== false);
  return {
    origin: origin ?? localOrigin(env),
    runId: runId ?? randomHex(16),
    runAttempt: run.runAttempt ?? '1',
    workflow: run.workflow ?? 'capture-client',
    ref: run.ref,
    pullRequest: run.pullRequest,
    pullRequestState: run.pullRequestState,
    hasSubgroups: !isGitHub(env),
    hasPostStep: false,
    problems,
    source: flags.origin === undefined ? (system ?? 'this machine') : '--origin',
  };
}

/** The URL of GitLab's API in its jobs. GitLab knows nothing about an origin that the user named. */
export function gitLabApiOf(env: Environment, { origin }: RunFlags): string | undefined {
  return isGitLab(env) && origin === undefined ? env.CI_API_V4_URL : undefined;
}

/** Whether the output of this process is likely to be kept in the log of a CI job. */
export function isCiJob(env: Environment): boolean {
  const isSystem = isGitHub(env) || isGitLab(env) || systems.some(({ marker }) => env[marker]);
  return isSystem || (env.CI !== undefined && env.CI !== '' && env.CI !== 'false');
}

function isGitHub(env: Environment): boolean {
  return env.GITHUB_ACTIONS === 'true';
}

/** `git.example.com/acme/shop`. A system without IDs has the name as the ID, so it never equals one that has them. */
function parseOrigin(text: string): Origin | undefined {
  if (!/^[^\s/]+(?:\/[^\s/]+){2,}$/.test(text)) return undefined;
  const slash = text.indexOf('/');
  const name = text.slice(slash + 1);
  return { host: text.slice(0, slash).toLowerCase(), id: name, name };
}

/** All clients of a user on one machine. */
function localOrigin(env: Environment): Origin {
  const name = `${env.USER || env.USERNAME || 'user'}/local`;
  return { host: hostname().toLowerCase(), id: name, name };
}

function readFacts(env: Environment): Facts {
  if (isGitHub(env)) return readOrExplain('GitHub Actions', () => readContext(env, readEvent(env)));
  if (isGitLab(env)) return readOrExplain('GitLab CI', () => readPipelineContext(env));
  const system = systems.find(({ marker }) => env[marker]);
  return system === undefined ? { run: {}, system: undefined } : readSystem(env, system);
}

/** Gitea, Forgejo, and containers set the variables of another system, but not all of them. */
function readOrExplain(system: string, read: () => Partial<RunContext>): Facts {
  try {
    return { run: read(), system };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { run: {}, system };
  }
}

/** The variables of a CI system. Of several, the first one that's set counts. */
interface System {
  readonly name: string;
  /** Set in every build. */
  readonly marker: string;
  readonly repository: string;
  readonly runId: string;
  /** A number, or a URL that ends with it. */
  readonly pullRequest: readonly string[];
  readonly branch: string;
}

const systems: readonly System[] = [
  {
    name: 'Azure Pipelines',
    marker: 'TF_BUILD',
    repository: 'BUILD_REPOSITORY_URI',
    runId: 'BUILD_BUILDID',
    // The first one is set for pull requests of GitHub, whose ID is another number.
    pullRequest: ['SYSTEM_PULLREQUEST_PULLREQUESTNUMBER', 'SYSTEM_PULLREQUEST_PULLREQUESTID'],
    branch: 'BUILD_SOURCEBRANCHNAME',
  },
  {
    name: 'Buildkite',
    marker: 'BUILDKITE',
    repository: 'BUILDKITE_REPO',
    runId: 'BUILDKITE_BUILD_ID',
    pullRequest: ['BUILDKITE_PULL_REQUEST'],
    branch: 'BUILDKITE_BRANCH',
  },
  {
    name: 'CircleCI',
    marker: 'CIRCLECI',
    repository: 'CIRCLE_REPOSITORY_URL',
    runId: 'CIRCLE_WORKFLOW_ID',
    pullRequest: ['CIRCLE_PULL_REQUEST', 'CIRCLE_PR_NUMBER'],
    branch: 'CIRCLE_BRANCH',
  },
  {
    name: 'Jenkins',
    marker: 'JENKINS_URL',
    repository: 'GIT_URL',
    // Unlike BUILD_TAG, another server's build never has it.
    runId: 'BUILD_URL',
    pullRequest: ['CHANGE_ID'],
    branch: 'BRANCH_NAME',
  },
];

function readSystem(env: Environment, system: System): Facts {
  const branch = env[system.branch];
  const number = system.pullRequest.map((name) => /(?:^|\/)(\d+)$/.exec(env[name] ?? '')?.[1]).find(Boolean);
  const origin = parseRepositoryUrl(env[system.repository] ?? '');
  const runId = env[system.runId] || undefined;
  return {
    run: {
      ...(origin && { origin }),
      ...(runId && { runId }),
      ref: branch ? `branch ${branch}` : undefined,
      pullRequest: Number(number) || undefined,
    },
    system: system.name,
    repositoryVariable: system.repository,
  };
}

/** Git's URLs: `https://host/path.git`, `ssh://git@host/path.git`, and `git@host:path.git`. Credentials are left out. */
function parseRepositoryUrl(text: string): Origin | undefined {
  const url = URL.parse(text.includes('://') ? text : `ssh://${text.replace(':', '/')}`);
  if (url === null) return undefined;
  // A port of SSH isn't the one of the website.
  const host = url.protocol.startsWith('http') ? url.host : url.hostname;
  return parseOrigin(`${host}${url.pathname.replace(/\/+$/, '').replace(/\.git$/, '')}`);
}
