import { hostname } from 'node:os';

/** Where `capture-client` runs: the label's place, and the environment that says so. */
interface OriginPlace {
  /** The host and the name in a label and in the user agent. */
  place: string;
  env(runId: string): Record<string, string>;
  execFlags?(runId: string): string[];
  sweepFlags?: string[];
}

const github = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_REPOSITORY_ID: '123456',
  GITHUB_RUN_ATTEMPT: '1',
};

/** The repository's clients that the steps create. */
export const ownPlace = 'github.com/acme/shop';

const localPlace = `${hostname().toLowerCase()}/dev/local`;

/** The ID and the name of one are those of another. */
export const origins = {
  github: { place: ownPlace, env: (runId) => ({ ...github, GITHUB_RUN_ID: runId }) },
  gitlab: {
    place: 'gitlab.example.com/acme/shop',
    env: (runId) => ({
      GITLAB_CI: 'true',
      CI_SERVER_URL: 'https://gitlab.example.com',
      CI_PROJECT_ID: '123456',
      CI_PROJECT_PATH: 'acme/shop',
      CI_PIPELINE_ID: runId,
    }),
  },
  jenkins: {
    place: 'git.example.com/acme/shop',
    env: (runId) => ({
      JENKINS_URL: 'https://jenkins.example.com/',
      GIT_URL: 'https://git.example.com/acme/shop.git',
      BUILD_URL: runId,
    }),
  },
  laptop: {
    place: localPlace,
    env: () => ({ USER: 'dev' }),
    // Otherwise, the run is a random text, which no life would recognize as its own.
    execFlags: (runId) => [`--run-id=${runId}`],
    sweepFlags: [`--origin=${localPlace}`],
  },
} satisfies Record<string, OriginPlace>;

export type OriginName = keyof typeof origins;

export function originOf(name: OriginName): OriginPlace {
  return origins[name];
}
