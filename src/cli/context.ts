import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Environment } from '../capture/route.ts';
import { readContext, readEvent } from '../github/context.ts';
import { isGitLab, readPipelineContext } from '../gitlab/context.ts';
import { quote } from '../inputs/quote.ts';
import type { RunContext } from '../inputs/run-context.ts';
import type { Origin } from '../lifecycle/label.ts';
import { commandLineWording } from './wording.ts';

/** What the user says about the run. Each wins over what the CI system says. */
export interface RunFlags {
  readonly origin?: string | undefined;
  readonly runId?: string | undefined;
}

/** What a CI system says about the run. It may not say everything. */
type Facts = {
  readonly [K in 'origin' | 'runId' | 'runAttempt' | 'workflow' | 'ref' | 'pullRequest']?:
    | RunContext[K]
    | undefined;
};

/**
 * Finds out which run this process is a part of.
 * @param needs what the context must have; `ownRun`: no other run than this one, because the sweep asks about it
 * @throws ExpectedError if a recognized CI system lacks its variables
 */
export function readRunContext(
  env: Environment,
  flags: RunFlags,
  needs: { readonly origin?: boolean; readonly runId?: boolean; readonly ownRun?: boolean },
): RunContext {
  const facts = readFacts(env);
  const problems: string[] = [];
  const origin = flags.origin === undefined ? facts.origin : parseOrigin(flags.origin);
  if (flags.origin !== undefined && origin === undefined) {
    problems.push(
      `--origin: ${quote(flags.origin)} isn't HOST/OWNER/NAME. Use, for example, git.example.com/acme/shop.`,
    );
  } else if (origin === undefined && needs.origin) {
    problems.push(
      '--origin is missing, and the variables of no known CI system are set. Pass --origin HOST/OWNER/NAME: a client is labeled with the repository that it belongs to.',
    );
  }
  const runId = flags.runId ?? facts.runId;
  if (runId === undefined && needs.runId) {
    problems.push(
      '--run-id is missing, and the variables of no known CI system are set. Pass the same ID to create and delete.',
    );
  }
  const isAsked = (isGitHub(env) || isGitLab(env)) && flags.origin === undefined;
  if (needs.ownRun && isAsked && runId !== facts.runId) {
    problems.push(
      `--run-id: ${quote(runId ?? '')} isn't this run, and the sweep asks the CI system about it. Remove --run-id, or pass --origin as well.`,
    );
  }
  return {
    origin: origin ?? localOrigin(env),
    runId: runId ?? randomBytes(8).toString('hex'),
    runAttempt: facts.runAttempt ?? '1',
    workflow: facts.workflow ?? 'capture-client',
    ref: facts.ref,
    pullRequest: facts.pullRequest,
    hasSubgroups: !isGitHub(env),
    problems,
    wording: commandLineWording,
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
  const [, host, name] = /^([^\s/]+)\/([^\s/]+(?:\/[^\s/]+)+)$/.exec(text) ?? [];
  return host === undefined || name === undefined ? undefined : { host: host.toLowerCase(), id: name, name };
}

/** All clients of a user on one machine. */
function localOrigin(env: Environment): Origin {
  const name = `${env.USER || env.USERNAME || 'user'}/local`;
  return { host: hostname().toLowerCase(), id: name, name };
}

function readFacts(env: Environment): Facts {
  if (isGitHub(env)) return readContext(env, readEvent(env));
  if (isGitLab(env)) return readPipelineContext(env);
  const system = systems.find(({ marker }) => env[marker]);
  return system === undefined ? {} : readSystem(env, system);
}

/** The variables of a CI system. Of several, the first one that's set counts. */
interface System {
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
    marker: 'TF_BUILD',
    repository: 'BUILD_REPOSITORY_URI',
    runId: 'BUILD_BUILDID',
    // The first one is set for pull requests of GitHub, whose ID is another number.
    pullRequest: ['SYSTEM_PULLREQUEST_PULLREQUESTNUMBER', 'SYSTEM_PULLREQUEST_PULLREQUESTID'],
    branch: 'BUILD_SOURCEBRANCHNAME',
  },
  {
    marker: 'BUILDKITE',
    repository: 'BUILDKITE_REPO',
    runId: 'BUILDKITE_BUILD_ID',
    pullRequest: ['BUILDKITE_PULL_REQUEST'],
    branch: 'BUILDKITE_BRANCH',
  },
  {
    marker: 'CIRCLECI',
    repository: 'CIRCLE_REPOSITORY_URL',
    runId: 'CIRCLE_WORKFLOW_ID',
    pullRequest: ['CIRCLE_PULL_REQUEST', 'CIRCLE_PR_NUMBER'],
    branch: 'CIRCLE_BRANCH',
  },
  {
    marker: 'JENKINS_URL',
    repository: 'GIT_URL',
    runId: 'BUILD_TAG',
    pullRequest: ['CHANGE_ID'],
    branch: 'BRANCH_NAME',
  },
];

function readSystem(env: Environment, system: System): Facts {
  const branch = env[system.branch];
  const number = system.pullRequest.map((name) => /(?:^|\/)(\d+)$/.exec(env[name] ?? '')?.[1]).find(Boolean);
  return {
    origin: parseRepositoryUrl(env[system.repository] ?? ''),
    runId: env[system.runId] || undefined,
    ref: branch ? `branch ${branch}` : undefined,
    pullRequest: Number(number) || undefined,
  };
}

/** Git's URLs: `https://host/path.git`, `ssh://git@host/path.git`, and `git@host:path.git`. Credentials are left out. */
function parseRepositoryUrl(text: string): Origin | undefined {
  const url = URL.parse(text.includes('://') ? text : `ssh://${text.replace(':', '/')}`);
  if (url === null) return undefined;
  // A port of SSH isn't the one of the website.
  const host = /^https?:$/.test(url.protocol) ? url.host : url.hostname;
  return parseOrigin(`${host}${url.pathname.replace(/\/+$/, '').replace(/\.git$/, '')}`);
}
