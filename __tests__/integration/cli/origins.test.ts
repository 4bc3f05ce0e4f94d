import { beforeAll, describe, expect, test } from '@jest/globals';
import { EmulatedGitLab } from '../../support/gitlab-api.ts';
import { Scenario } from '../../support/scenario.ts';
import { buildOnce, Place } from './command.ts';

/** As a label has them: host, ID, and name. All of them come from different repositories or projects. */
const origins = {
  github: 'github.com id 123456 acme/shop',
  otherGithub: 'github.com id 77 acme/shop',
  enterprise: 'ghe.example.com id 123456 acme/shop',
  gitlab: 'gitlab.com id 123456 acme/shop',
  subgroup: 'gitlab.com id 1217 acme/web/shop',
  selfManaged: 'git.example.com id 123456 acme/shop',
  below: 'git.example.com/gitlab-a id 1217 acme/web/shop',
  belowOther: 'git.example.com/gitlab-b id 1217 acme/web/shop',
  jenkins: 'git.example.com id acme/shop acme/shop',
  commandOnGithub: 'github.com id acme/shop acme/shop',
  laptop: 'laptop id dev/local dev/local',
};
type OriginName = keyof typeof origins;

const past = '2026-01-01T00:00:00Z';
const future = '2999-01-01T00:00:00Z';
const subjects = ['pull request 42', 'run 1001', 'job of run 1001'];

/** One tenant with clients of all origins, which GitHub's actions and the command share. */
class SharedTenant {
  readonly scenario: Scenario;
  readonly command: Place;
  /** Client IDs by what is special about the client: `github, run 1001, expired`. */
  readonly ids = new Map<string, string>();

  private constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.command = Place.at(scenario.emulator);
    for (const [name, origin] of Object.entries(origins)) {
      for (const subject of subjects) {
        for (const until of [past, future]) this.#add(name, origin, subject, until);
      }
    }
  }

  static async open(): Promise<SharedTenant> {
    return new SharedTenant(await Scenario.start());
  }

  /** What isn't there anymore. */
  get deleted(): string[] {
    const left = new Set(this.scenario.clients.map(({ client_id }) => client_id));
    return [...this.ids].filter(([, id]) => !left.has(id)).map(([what]) => what);
  }

  #add(name: string, origin: string, subject: string, until: string): void {
    const marker = String(this.ids.size).padStart(24, '0');
    const description = `x [capture-client-action/1 ${origin}, ${subject}, name preview, until ${until}, ${marker}]`;
    const { client_id } = this.scenario.emulator.addClient({ description });
    this.ids.set(`${name}, ${subject}, ${until === past ? 'expired' : 'unexpired'}`, client_id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.command[Symbol.asyncDispose]();
    await this.scenario[Symbol.asyncDispose]();
  }
}

beforeAll(() => {
  buildOnce();
});

const inGitLab = (
  id: string,
  path: string,
  { url = 'http://127.0.0.1:9', server = 'https://gitlab.com' } = {},
): Record<string, string> => ({
  GITLAB_CI: 'true',
  CI_SERVER_URL: server,
  CI_API_V4_URL: url,
  CI_PROJECT_ID: id,
  CI_PROJECT_PATH: path,
  CI_PIPELINE_ID: '1001',
  CI_MERGE_REQUEST_IID: '42',
});

/** How each of them is run. The action always runs in GitHub's acme/shop. */
const actors: readonly [OriginName, readonly string[], Record<string, string>][] = [
  ['gitlab', [], inGitLab('123456', 'acme/shop')],
  ['subgroup', [], inGitLab('1217', 'acme/web/shop')],
  ['below', [], inGitLab('1217', 'acme/web/shop', { server: 'https://git.example.com/gitlab-a/' })],
  ['jenkins', ['--origin', 'git.example.com/acme/shop', '--run-id', '1001', '--pull-request', '42'], {}],
  ['commandOnGithub', ['--origin', 'github.com/acme/shop', '--run-id', '1001', '--pull-request', '42'], {}],
];

function flagsFor(lifetime: string, flags: readonly string[]): string[] {
  const unused = lifetime === 'run' ? '--pull-request' : '--run-id';
  return flags.filter((flag, index) => flag !== unused && flags[index - 1] !== unused);
}

describe('delete', () => {
  test.each(actors)('of %s deletes only its own clients', async (origin, flags, env) => {
    await using tenant = await SharedTenant.open();
    for (const lifetime of ['run', 'pull_request']) {
      const args = ['delete', '--lifetime', lifetime, ...flagsFor(lifetime, flags)];
      const { code, stderr } = await tenant.command.run(args, { env });
      expect({ code, stderr }).toMatchObject({ code: 0 });
    }
    expect(tenant.deleted).toEqual([
      `${origin}, pull request 42, expired`,
      `${origin}, pull request 42, unexpired`,
      `${origin}, run 1001, expired`,
      `${origin}, run 1001, unexpired`,
    ]);
  });
});

describe('sweep', () => {
  const expired = (origin: OriginName) => subjects.map((subject) => `${origin}, ${subject}, expired`);

  test.each([
    ['of its own project', [], ['subgroup']],
    ['of a subgroup', ['--repositories', 'acme/web/*'], ['subgroup']],
    ['of a group, with its subgroups', ['--repositories', 'acme/*'], ['gitlab', 'subgroup']],
  ] as [string, string[], OriginName[]][])(
    '%s in GitLab, which reports that all is finished, deletes no others',
    async (_, flags, swept) => {
      await using tenant = await SharedTenant.open();
      const finished = (id: number) => ({
        [`/projects/${id}/merge_requests/42`]: { state: 'merged' },
        [`/projects/${id}/pipelines/1001`]: { status: 'success' },
      });
      await using gitlab = await EmulatedGitLab.start({ ...finished(1217), ...finished(123456) });
      const env = { ...inGitLab('1217', 'acme/web/shop', gitlab), CAPTURE_GITLAB_TOKEN: 'glpat-token' };
      const { code, stdout } = await tenant.command.run(['sweep', ...flags], { env });
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ deleted: 6 * swept.length, kept: 0, failed: 0 });
      expect(tenant.deleted).toHaveLength(6 * swept.length);
      expect(new Set(tenant.deleted.map((what) => what.split(',')[0]))).toEqual(new Set(swept));
      expect(new Set(gitlab.requests.map(({ token }) => token))).toEqual(new Set(['glpat-token']));
    },
  );

  test.each(actors.slice(3))('of %s deletes only its own expired clients', async (origin, flags, env) => {
    await using tenant = await SharedTenant.open();
    const origins = flags.slice(0, flags[0] === '--origin' ? 2 : 0);
    const { code } = await tenant.command.run(['sweep', ...origins], { env });
    expect(code).toBe(0);
    expect(tenant.deleted).toEqual(expired(origin));
  });
});
