import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EmulatedGitHub } from '../support/github-api.ts';
import { Authority, certify, type Identity, LocalProxy, TlsFront } from '../support/network.ts';
import type { StageResult } from '../support/runner/run.ts';
import { printed, Scenario } from '../support/scenario.ts';

let authority: Authority;

beforeAll(async () => {
  authority = await Authority.start();
});

afterAll(() => {
  authority[Symbol.dispose]();
});

/** An emulated Capture with TLS: localhost for a step, capture.test behind a proxy. */
class World {
  readonly scenario: Scenario;
  readonly front: TlsFront;

  private constructor(scenario: Scenario, front: TlsFront) {
    this.scenario = scenario;
    this.front = front;
  }

  static async start(identity?: Identity): Promise<World> {
    const scenario = await Scenario.start();
    const front = await TlsFront.start(identity ?? (await authority.certify()), scenario.emulator.domain);
    return new World(scenario, front);
  }

  get direct(): string {
    return `localhost:${this.front.port}`;
  }

  get proxied(): string {
    return `capture.test:${this.front.port}`;
  }

  /** Runs create there, and trusts the authority. */
  create(host: string, env: Record<string, string> = {}, inputs = {}): Promise<StageResult> {
    return this.scenario.create({ capture_domain: host, ...inputs }, { env: trusting(env) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scenario[Symbol.asyncDispose]();
    await this.front[Symbol.asyncDispose]();
  }
}

function trusting(env: Record<string, string> = {}): Record<string, string> {
  return { NODE_EXTRA_CA_CERTS: authority.file, ...env };
}

function lastMessage(stage: StageResult): string | undefined {
  return stage.annotations.at(-1)?.message;
}

const user = 'mona.the-proxy-user';
const password = 'hun:ter/2@#%';
const login = `${user}:${encodeURIComponent(password)}`;

/** Only host and port of the proxy's URL were logged, nothing was sent, and post has nothing to do. */
async function expectNothingSent(main: StageResult, { scenario }: World): Promise<void> {
  expect(main).toMatchObject({ conclusion: 'failure', exitCode: 1, outputs: {}, stderr: '' });
  for (const secret of [user, password, encodeURIComponent(password), 'hun:ter', 'hun%3Ater']) {
    expect(printed(main)).not.toContain(secret);
  }
  expect(scenario.emulator.requests).toEqual([]);
  expect((await scenario.post()).log).toBe('');
}

describe('a proxy', () => {
  test.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])(
    'in %s is asked for a tunnel, with the credentials of its URL',
    async (variable) => {
      await using world = await World.start();
      await using proxy = await LocalProxy.start({ credentials: `${user}:${password}` });
      const main = await world.create(world.proxied, {
        [variable]: `http://${login}@127.0.0.1:${proxy.port}`,
      });
      expect(main).toMatchObject({ conclusion: 'success', stderr: '' });
      expect(proxy.asked).toEqual([world.proxied]);
      expect(world.scenario.clients).toHaveLength(1);
      expect(world.scenario.emulator.requests).toHaveLength(1);
    },
  );

  test('is used for all calls: those of post, of delete, and of sweep, and for GitHub', async () => {
    await using world = await World.start();
    await using github = await EmulatedGitHub.start({
      '/repos/acme/shop/actions/runs/1001': { status: 'completed' },
    });
    await using githubFront = await TlsFront.start(await authority.certify(), github.url);
    await using proxy = await LocalProxy.start();
    const apiUrl = `https://github.test:${githubFront.port}`;
    const https_proxy = `http://127.0.0.1:${proxy.port}`;
    const env = trusting({ https_proxy, GITHUB_API_URL: apiUrl });
    const inputs = { capture_domain: world.proxied };
    const { scenario } = world;

    await scenario.create({ ...inputs, lifetime: 'job' }, { env });
    await scenario.post();
    expect(scenario.clients).toEqual([]);

    await scenario.create({ ...inputs, name: 'deleted' }, { env });
    expect((await scenario.delete({ ...inputs, lifetime: 'run' }, { env })).outputs.deleted).toBe('1');

    await scenario.create({ ...inputs, name: 'swept' }, { env });
    const swept = await scenario.sweep(
      { ...inputs, github_token: 'ghs_16C7e42F292c6912E7710c838347Ae17' },
      { env },
    );
    expect(swept.outputs).toMatchObject({ deleted: '1', kept: '0', failed: '0' });
    expect(github.paths).toEqual(['/repos/acme/shop/actions/runs/1001']);
    expect(new Set(proxy.asked)).toEqual(new Set([world.proxied, `github.test:${githubFront.port}`]));
  });
});

describe('a proxy that uses TLS', () => {
  test('is asked for a tunnel, in HTTP/1.1', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start({ identity: await authority.certify() });
    const main = await world.create(world.proxied, { HTTPS_PROXY: `https://localhost:${proxy.port}` });
    expect(main).toMatchObject({ conclusion: 'success', stderr: '' });
    expect(proxy.asked).toEqual([world.proxied]);
  });

  test('must prove its identity', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start({ identity: await authority.certify(['other.test']) });
    const main = await world.create(world.proxied, {
      HTTPS_PROXY: `https://${login}@localhost:${proxy.port}`,
    });
    expect(lastMessage(main)).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(proxy.asked).toEqual([]);
    await expectNothingSent(main, world);
  });
});

async function unknown(): Promise<Identity> {
  using other = await Authority.start();
  return await other.certify();
}

describe('TLS', () => {
  test('takes a private CA from NODE_EXTRA_CA_CERTS', async () => {
    await using world = await World.start();
    const main = await world.create(`https://${world.direct}`);
    expect(main).toMatchObject({ conclusion: 'success', stderr: '' });
    expect(main.annotations.filter(({ level }) => level === 'warning')).toEqual([]);
    expect(world.scenario.clients).toHaveLength(1);
  });

  test.each<[string, () => Promise<Identity>, RegExp]>([
    ['for another host', () => authority.certify(['other.test']), /ERR_TLS_CERT_ALTNAME_INVALID/],
    ['of an unknown CA', unknown, /CERT_SIGNATURE_FAILURE.* is from a CA/],
  ])('rejects a certificate %s, at once', async (_, identity, code) => {
    await using world = await World.start(await identity());
    const main = await world.create(world.direct);
    expect(lastMessage(main)).toMatch(code);
    expect(world.front.connections).toBe(1);
    await expectNothingSent(main, world);
  });

  test('is verified inside a tunnel, too', async () => {
    await using world = await World.start(await authority.certify(['localhost']));
    await using proxy = await LocalProxy.start();
    const env = { HTTPS_PROXY: `http://${login}@127.0.0.1:${proxy.port}` };
    const main = await world.create(world.proxied, env);
    expect(lastMessage(main)).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    await expectNothingSent(main, world);
  });

  test('that is not verified gets one warning in every step that calls Capture, before it does', async () => {
    await using world = await World.start(await certify(['elsewhere.test']));
    const { scenario } = world;
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_EXTRA_CA_CERTS: '' };
    const inputs = { capture_domain: world.direct };
    const { recording } = scenario;
    const created = await scenario.create({ ...inputs, lifetime: 'job' }, { env, recording });
    const steps = [
      created,
      await scenario.post(),
      await scenario.delete({ ...inputs, lifetime: 'run' }, { env }),
      await scenario.sweep(inputs, { env }),
    ];
    for (const step of steps) {
      expect(step.conclusion).toBe('success');
      expect(step.annotations.filter(({ level }) => level === 'warning')).toEqual([
        expect.objectContaining({
          message: expect.stringContaining('NODE_TLS_REJECT_UNAUTHORIZED'),
        }),
      ]);
    }
    const events = scenario.events.map((event) => JSON.stringify(event));
    const warned = events.findIndex((event) => event.includes('NODE_TLS_REJECT_UNAUTHORIZED'));
    const sent = events.findIndex((event) => event.includes('clients/add'));
    expect(warned).toBeGreaterThan(-1);
    expect(sent).toBeGreaterThan(warned);
  });
});

describe('the post step', () => {
  const inputs = { lifetime: 'job' };

  test('ignores a proxy that a later step set', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    await world.create(world.direct, {}, inputs);
    const url = `http://${login}@127.0.0.1:${proxy.port}`;
    world.scenario.job.setEnvironment({ https_proxy: url, HTTPS_PROXY: url, NO_PROXY: 'x' });
    const post = await world.scenario.post();
    expect(world.scenario.clients).toEqual([]);
    expect(proxy.asked).toEqual([]);
    expect(printed(post)).not.toContain(password);
  });

  test('uses the proxy that main used, even if the variable is gone', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    world.scenario.job.setEnvironment({ https_proxy: `http://127.0.0.1:${proxy.port}` });
    await world.create(world.proxied, {}, inputs);
    world.scenario.job.setEnvironment({ https_proxy: '' });
    await world.scenario.post();
    expect(world.scenario.clients).toEqual([]);
    expect(proxy.asked).toEqual([world.proxied, world.proxied]);
  });

  test('verifies certificates although a later step set NODE_TLS_REJECT_UNAUTHORIZED, or another CA', async () => {
    using impostor = await Authority.start();
    for (const variables of [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, { NODE_EXTRA_CA_CERTS: impostor.file }]) {
      await using world = await World.start();
      world.scenario.job.setEnvironment({ NODE_EXTRA_CA_CERTS: authority.file });
      await world.scenario.create({ capture_domain: world.direct, ...inputs });
      world.front.identity = await impostor.certify();
      world.scenario.job.setEnvironment(variables);
      const post = await world.scenario.post();
      expect(world.front.connections).toBe(2);
      expect(world.scenario.callsOf('clients/delete')).toEqual([]);
      expect(post.log).toMatch(/CERT_SIGNATURE_FAILURE|UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
    }
  });
});
