import { hostname } from 'node:os';
import type { Environment } from '../capture/network-settings.ts';
import { tryTo } from '../errors.ts';
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

/** What a CI system says about the run. It may not say everything. */
interface Facts extends Partial<Omit<RunContext, 'origin' | 'runId'>> {
  readonly origin?: Origin | undefined;
  readonly runId?: string | undefined;
  /** Undefined: the variables of no known system are set. */
  readonly system?: string;
  /** The one that would have the repository. Some systems set it only where they checked it out. */
  readonly repositoryVariable?: string;
}

/** Finds out which run this process is a part of. What's missing is a problem of the context. */
export function readRunContext(env: Environment, flags: RunFlags, needs: RunNeeds) {
  const { system, repositoryVariable, ...facts } = readFacts(env);
  const origin = flags.origin === undefined ? facts.origin : parseOrigin(flags.origin);
  const runId = flags.runId ?? facts.runId;
  const reason =
    system === undefined
      ? 'the variables of no known CI system are set'
      : `the variables of ${system} don't contain it`;
  const problems: string[] = [];
  if (origin === undefined && flags.origin !== undefined) {
    problems.push(
      `--origin: ${quote(flags.origin)} isn't HOST/OWNER/NAME. Use, for example, git.example.com/acme/shop.`,
    );
  } else if (origin === undefined && needs.origin) {
    const hint = repositoryVariable === undefined ? '' : ` (${repositoryVariable})`;
    problems.push(
      `--origin is missing, and ${reason}${hint}. Pass --origin HOST/OWNER/NAME, the repository that the client belongs to.`,
    );
  }
  if (runId === undefined && needs.runId)
    problems.push(`--run-id is missing, and ${reason}. Pass the same ID to create and delete.`);
  const isAsked = (isGitHub(env) || isGitLab(env)) && flags.origin === undefined;
  if (needs.ownRun && isAsked && flags.runId && facts.runId && flags.runId !== facts.runId) {
    problems.push(
      `--run-id: ${quote(flags.runId)} isn't this run, and the sweep asks the CI system about it. Remove --run-id, or pass --origin as well.`,
    );
  }
  return {
    ...{ runAttempt: '1', workflow: 'capture-client', ref: undefined, pullRequest: undefined },
    ...facts,
    origin: origin ?? localOrigin(env),
    runId: runId ?? randomHex(16),
    hasSubgroups: !isGitHub(env),
    hasPostStep: false,
    problems,
    /** Where the origin comes from, for the debug log. */
    place: flags.origin === undefined ? (system ?? 'this machine') : '--origin',
  };
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
  // Gitea, Forgejo, and containers set some of GitHub's variables, but not all.
  if (isGitHub(env)) return { system: 'GitHub Actions', ...tryTo(() => readContext(env, readEvent(env))) };
  if (isGitLab(env)) return { system: 'GitLab CI', ...readPipelineContext(env) };
  const system = systems.find(({ marker }) => env[marker]);
  return system === undefined ? {} : readSystem(env, system);
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

function readSystem(env: Environment, { name, repository, ...system }: System): Facts {
  const branch = env[system.branch];
  const number = system.pullRequest.map((one) => env[one]?.match(/(?:^|\/)(\d+)$/)?.[1]).find(Boolean);
  return {
    origin: parseRepositoryUrl(`${env[repository]}`),
    runId: env[system.runId] || undefined,
    ref: branch ? `branch ${branch}` : undefined,
    pullRequest: Number(number) || undefined,
    system: name,
    repositoryVariable: repository,
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
