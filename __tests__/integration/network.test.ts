import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EmulatedGitHub } from '../support/github-api.ts';
import { Authority, certify, type Identity, LocalProxy, TlsFront } from '../support/network.ts';
import type { StageControl, StageResult } from '../support/runner/run.ts';
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

function retriesIn({ log }: StageResult): string[] {
  return log.split('\n').filter((line) => line.includes('Trying again in'));
}

/** A port that nothing listens on. */
async function closedPort(): Promise<number> {
  await using proxy = await LocalProxy.start();
  return proxy.port;
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

  test('may be set without http://', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const main = await world.create(world.proxied, { HTTPS_PROXY: `127.0.0.1:${proxy.port}` });
    expect(main.conclusion).toBe('success');
    expect(proxy.asked).toEqual([world.proxied]);
  });

  // On Windows both are one variable.
  (process.platform === 'win32' ? test.skip : test)('is the one of the lower-case variable', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const dead = `http://127.0.0.1:${await closedPort()}`;
    const main = await world.create(world.proxied, {
      https_proxy: `http://127.0.0.1:${proxy.port}`,
      HTTPS_PROXY: dead,
      HTTP_PROXY: dead,
      no_proxy: 'elsewhere.test',
      NO_PROXY: '*',
    });
    expect(main.conclusion).toBe('success');
    expect(proxy.asked).toEqual([world.proxied]);
  });

  test('is never used for loopback hosts', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const url = `http://127.0.0.1:${proxy.port}`;
    const env = { HTTPS_PROXY: url, HTTP_PROXY: url };
    expect((await world.create(world.direct, env)).conclusion).toBe('success');
    expect((await world.create(world.scenario.emulator.domain, env)).conclusion).toBe('success');
    expect(proxy.asked).toEqual([]);
  });

  test('is not used for what NO_PROXY names', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const env = { HTTPS_PROXY: `http://${login}@127.0.0.1:${proxy.port}`, NO_PROXY: 'x.example, .test' };
    const main = await world.create(world.proxied, env, { timeout: '3s' });
    expect(proxy.asked).toEqual([]);
    expect(lastMessage(main)).toMatch(/^(?:Could not connect|No connection) to capture\.test:\d+ for /);
    await expectNothingSent(main, world);
  });

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
    expect(swept.log).not.toContain('GitHub could not be read');
    expect(github.paths).toEqual(['/repos/acme/shop/actions/runs/1001']);
    expect(new Set(proxy.asked)).toEqual(new Set([world.proxied, `github.test:${githubFront.port}`]));
  });

  test('that reaches Capture and not GitHub is named by the sweep', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const env = trusting({
      https_proxy: `http://${login}@127.0.0.1:${proxy.port}`,
      GITHUB_API_URL: 'https://github.test',
    });
    await world.create(world.proxied, env);
    proxy.rejections.push(0, ...Array(9).fill(403));
    const inputs = { capture_domain: world.proxied, github_token: 'ghs_16C7e42F292c6912E7710c838347Ae17' };
    const swept = await world.scenario.sweep(inputs, { env });
    expect(swept).toMatchObject({ conclusion: 'success', outputs: { deleted: '0', kept: '1' } });
    expect(swept.log).toContain(
      `GitHub can't be reached through the proxy 127.0.0.1:${proxy.port}: HTTP 403.`,
    );
    expect(printed(swept)).not.toContain(user);
  });

  test('that is down is named without its credentials, and retried while there is time', async () => {
    await using world = await World.start();
    const port = await closedPort();
    const env = { HTTPS_PROXY: `http://${login}@127.0.0.1:${port}` };
    const main = await world.create(world.proxied, env, { timeout: '9s' });
    expect(lastMessage(main)).toMatch(
      new RegExp(
        `^Could not connect to the proxy 127\\.0\\.0\\.1:${port} for clients/add at ${world.proxied} \\(ECONNREFUSED\\)\\. Gave up after \\d attempts: .*\\. Check that the proxy is up, that HTTPS_PROXY has the right host and port`,
      ),
    );
    expect(retriesIn(main).length).toBeGreaterThan(0);
    await expectNothingSent(main, world);
  });

  test('that comes up while there is time is used, and there is one client', async () => {
    await using world = await World.start();
    const port = await closedPort();
    const env = trusting({ HTTPS_PROXY: `http://127.0.0.1:${port}` });
    let late: Promise<LocalProxy> | undefined;
    const onStart = () => {
      setTimeout(() => {
        late = LocalProxy.start({ port });
      }, 700);
    };
    const main = await world.scenario.create({ capture_domain: world.proxied }, { env, onStart });
    await using proxy = await (late as unknown as Promise<LocalProxy>);
    expect(main.conclusion).toBe('success');
    expect(retriesIn(main)[0]).toContain(`the proxy 127.0.0.1:${port}`);
    expect(proxy.asked).toEqual([world.proxied]);
    expect(world.scenario.emulator.requests).toHaveLength(1);
    expect(world.scenario.clients).toHaveLength(1);
  });

  test('that does not exist is looked up for a few seconds', async () => {
    await using world = await World.start();
    const env = { HTTPS_PROXY: `http://${login}@proxy.invalid` };
    const main = await world.create(world.proxied, env, { timeout: '30s' });
    expect(lastMessage(main)).toContain('the proxy proxy.invalid:80 for clients/add');
    // Without a resolver, a machine can't know that the name doesn't exist.
    if (lastMessage(main)?.includes('(ENOTFOUND)')) {
      expect(lastMessage(main)).toMatch(
        /Gave up after \d attempts\. The host name proxy\.invalid:80 doesn't exist\. Check the spelling of HTTPS_PROXY\.$/,
      );
      expect(retriesIn(main).length).toBeGreaterThan(1);
    }
    await expectNothingSent(main, world);
  });

  test('that never responds takes a third of the time, and is named', async () => {
    await using world = await World.start();
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    try {
      const env = { HTTPS_PROXY: `http://${login}@127.0.0.1:${port}` };
      const main = await world.create(world.proxied, env, { timeout: '3s' });
      expect(lastMessage(main)).toContain(
        `No connection to ${world.proxied} through the proxy 127.0.0.1:${port} for clients/add within `,
      );
      expect(retriesIn(main)[0]).toContain('within 1s.');
      await expectNothingSent(main, world);
    } finally {
      silent.close();
    }
  });

  test('that cannot reach the host and closes the connection is named', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const host = `capture.test:${await closedPort()}`;
    const env = { HTTPS_PROXY: `http://${login}@127.0.0.1:${proxy.port}` };
    const main = await world.create(host, env, { timeout: '6s' });
    expect(lastMessage(main)).toMatch(
      new RegExp(
        `^The proxy 127\\.0\\.0\\.1:${proxy.port} closed the connection before it opened a tunnel to ${host} for clients/add \\(`,
      ),
    );
    expect(retriesIn(main).length).toBeGreaterThan(0);
    await expectNothingSent(main, world);
  });

  test.each([
    ['no credentials', ''],
    ['others', `${user}:wrong@`],
  ])(
    'that requires credentials and gets %s is asked once, and the error says where they belong',
    async (_, given) => {
      await using world = await World.start();
      await using proxy = await LocalProxy.start({ credentials: `${user}:${password}` });
      const main = await world.create(world.proxied, {
        HTTPS_PROXY: `http://${given}127.0.0.1:${proxy.port}`,
      });
      expect(lastMessage(main)).toBe(
        `The proxy 127.0.0.1:${proxy.port} did not open a tunnel to ${world.proxied} for clients/add (HTTP 407). ` +
          'The proxy requires a user name and password. Put them in HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT), with special characters percent-encoded.',
      );
      expect(proxy.asked).toHaveLength(1);
      await expectNothingSent(main, world);
    },
  );

  test('that rejects the host for good is asked once', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    proxy.rejections.push(403);
    const main = await world.create(world.proxied, {
      HTTPS_PROXY: `http://${login}@127.0.0.1:${proxy.port}`,
    });
    expect(lastMessage(main)).toBe(
      `The proxy 127.0.0.1:${proxy.port} did not open a tunnel to ${world.proxied} for clients/add (HTTP 403). ` +
        `Have the proxy allow ${world.proxied}. If this runner reaches ${world.proxied} without a proxy, add it to NO_PROXY.`,
    );
    expect(proxy.asked).toHaveLength(1);
    await expectNothingSent(main, world);
  });

  test('that fails for a moment is asked again, and there is one client', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    proxy.rejections.push(502, 503);
    const main = await world.create(world.proxied, { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    expect(main.conclusion).toBe('success');
    const [first, second, ...more] = retriesIn(main);
    expect(first).toContain(`The proxy 127.0.0.1:${proxy.port} did not open a tunnel to`);
    expect([first, second]).toEqual([
      expect.stringContaining('(HTTP 502)'),
      expect.stringContaining('(HTTP 503)'),
    ]);
    expect(more).toEqual([]);
    expect(world.scenario.emulator.requests).toHaveLength(1);
  });

  test('loses a response: the client is looked up, and found', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    world.scenario.emulator.inject({ kind: 'reset-after-commit' });
    const main = await world.create(world.proxied, { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    expect(main.conclusion).toBe('success');
    expect(main.log).toMatch(
      new RegExp(
        `^The connection to ${world.proxied} through the proxy 127\\.0\\.0\\.1:${proxy.port} broke during clients/add \\([A-Z_]+\\)\\.`,
        'm',
      ),
    );
    expect(world.scenario.clients).toHaveLength(1);
  });

  test('whose URL is invalid is named without it, as it may contain a password', async () => {
    await using world = await World.start();
    for (const url of [
      `http://${user}:${password}@127.0.0.1:1`,
      `http://${user}:12/34@proxy.test`,
      `http://${login}@proxy.test:port`,
      `http://${user}:100%@127.0.0.1:1`,
    ]) {
      const main = await world.create(world.proxied, { HTTPS_PROXY: url });
      expect(lastMessage(main)).toMatch(
        /^HTTPS_PROXY isn't the URL of a proxy\. Set HTTPS_PROXY to an HTTP proxy/,
      );
      expect(printed(main)).not.toMatch(/proxy-user|hun|:12|100%/);
    }
  });

  test('cannot be a SOCKS proxy, unless its variable does not apply', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const socks = `socks5://${login}@127.0.0.1:1`;
    const main = await world.create(world.proxied, { HTTP_PROXY: socks });
    expect(lastMessage(main)).toMatch(/^HTTP_PROXY names a SOCKS proxy, which isn't supported\./);
    expect(printed(main)).not.toContain(user);
    const beside = { HTTP_PROXY: socks, HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect((await world.create(world.proxied, beside)).conclusion).toBe('success');
    // The proxy isn't used, and without it, capture.test doesn't exist.
    const bypassed = await world.create(
      world.proxied,
      { HTTPS_PROXY: socks, NO_PROXY: '.test' },
      { timeout: '3s' },
    );
    expect(lastMessage(bypassed)).toMatch(/^(?:Could not connect|No connection) to capture\.test:/);
  });

  test('makes entries of NO_PROXY that have no effect worth a notice', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: '10.0.0.0/8,capture.*' };
    const main = await world.create(world.proxied, env);
    expect(main.conclusion).toBe('success');
    expect(main.annotations.filter(({ message }) => message.startsWith('NO_PROXY'))).toEqual([
      expect.objectContaining({
        level: 'notice',
        message: expect.stringMatching(/^NO_PROXY: "capture\.\*" has no effect\./),
      }),
    ]);
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
    expect(lastMessage(main)).toBe(
      `Could not connect to the proxy localhost:${proxy.port} for clients/add at ${world.proxied} (ERR_TLS_CERT_ALTNAME_INVALID). ` +
        `The certificate is for a different host than localhost:${proxy.port}. Check HTTPS_PROXY, and check whether something on this network intercepts TLS.`,
    );
    expect(proxy.asked).toEqual([]);
    await expectNothingSent(main, world);
  });

  test('may be one that uses plain HTTP', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const main = await world.create(world.proxied, {
      HTTPS_PROXY: `https://${login}@localhost:${proxy.port}`,
    });
    expect(lastMessage(main)).toContain(
      `localhost:${proxy.port} doesn't use TLS on this port. Check the port in HTTPS_PROXY. For a proxy that uses plain HTTP, put http:// before its name.`,
    );
    await expectNothingSent(main, world);
  });
});

const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);
const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000);

describe('TLS', () => {
  test('takes a private CA from NODE_EXTRA_CA_CERTS', async () => {
    await using world = await World.start();
    const main = await world.create(`https://${world.direct}`);
    expect(main).toMatchObject({ conclusion: 'success', stderr: '' });
    expect(main.annotations.filter(({ level }) => level === 'warning')).toEqual([]);
    expect(world.scenario.clients).toHaveLength(1);
  });

  test.each<[string, () => Promise<Identity>, string, string]>([
    [
      'for another host',
      () => authority.certify(['other.test']),
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'The certificate is for a different host than HOST. Check capture_domain, and check whether something on this network intercepts TLS.',
    ],
    [
      'that has expired',
      () => authority.certify(['localhost'], { from: new Date(0), until: yesterday }),
      'CERT_HAS_EXPIRED',
      "The certificate of HOST has expired. Have it renewed, and check this runner's clock.",
    ],
    [
      'that is not valid yet',
      () => authority.certify(['localhost'], { from: tomorrow }),
      'CERT_NOT_YET_VALID',
      "The certificate of HOST isn't valid yet. Check this runner's clock.",
    ],
    [
      'that is self-signed',
      () => certify(['localhost']),
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      "The certificate of HOST is self-signed, so anyone could have made it. If it's the one you expect, put the certificate in a PEM file, and set NODE_EXTRA_CA_CERTS to its path in the env of the job or step.",
    ],
  ])('rejects a certificate %s, at once and with its own hint', async (_, identity, code, hint) => {
    await using world = await World.start(await identity());
    const main = await world.create(world.direct);
    expect(lastMessage(main)).toBe(
      `Could not connect to ${world.direct} for clients/add (${code}). ${hint.replace('HOST', world.direct)}`,
    );
    expect(world.front.connections).toBe(1);
    await expectNothingSent(main, world);
  });

  test('rejects a certificate of an unknown CA, and a whole chain from it', async () => {
    for (const chain of [[authority.cert], []]) {
      const { cert, key } = await authority.certify();
      await using world = await World.start({ cert: [cert, ...chain].join('\n'), key });
      const main = await world.create(world.direct, { NODE_EXTRA_CA_CERTS: '' });
      expect(lastMessage(main)).toMatch(
        /^Could not connect to localhost:\d+ for clients\/add \((?:SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\)\. The certificate of localhost:\d+ is from a CA that Node\.js doesn't know\. If it's your own CA, or that of a proxy that intercepts TLS, put the certificate in a PEM file, and set NODE_EXTRA_CA_CERTS/,
      );
      expect(world.front.connections).toBe(1);
      await expectNothingSent(main, world);
    }
  });

  test('is verified inside a tunnel, too', async () => {
    await using world = await World.start(await authority.certify(['localhost']));
    await using proxy = await LocalProxy.start();
    const main = await world.create(world.proxied, {
      HTTPS_PROXY: `http://${login}@127.0.0.1:${proxy.port}`,
    });
    expect(lastMessage(main)).toContain(
      `Could not connect to ${world.proxied} through the proxy 127.0.0.1:${proxy.port} for clients/add (ERR_TLS_CERT_ALTNAME_INVALID).`,
    );
    expect(world.front.connections).toBe(1);
    await expectNothingSent(main, world);
  });

  test('is distinguished from plain HTTP on its port', async () => {
    await using world = await World.start();
    const host = new URL(world.scenario.emulator.domain).host;
    const main = await world.create(`https://${host}`);
    expect(lastMessage(main)).toMatch(
      new RegExp(
        `^Could not connect to ${host} for clients/add \\(ERR_SSL_\\w+\\)\\. ${host} doesn't use TLS on this port\\. Check the port in capture_domain\\. For an emulator on this machine, put http:// before the host name\\.$`,
      ),
    );
    expect(retriesIn(main)).toEqual([]);
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
          message: expect.stringMatching(
            /^NODE_TLS_REJECT_UNAUTHORIZED is 0, so certificates are not verified: .* set NODE_EXTRA_CA_CERTS\.$/,
          ),
        }),
      ]);
    }
    const events = scenario.events.map((event) => JSON.stringify(event));
    const warned = events.findIndex((event) => event.includes('NODE_TLS_REJECT_UNAUTHORIZED is 0'));
    const sent = events.findIndex((event) => event.includes('POST /clients/add'));
    expect(warned).toBeGreaterThan(-1);
    expect(sent).toBeGreaterThan(warned);
  });

  test('is verified with 1, true, or nothing in that variable', async () => {
    await using world = await World.start();
    for (const value of ['1', 'true', '']) {
      const main = await world.create(world.direct, { NODE_TLS_REJECT_UNAUTHORIZED: value });
      expect(main.log).not.toContain('NODE_TLS_REJECT_UNAUTHORIZED');
    }
  });
});

describe('the post step', () => {
  const inputs = { lifetime: 'job' };

  test('ignores a proxy that a later step set, and says so', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    await world.create(world.direct, {}, inputs);
    const url = `http://${login}@127.0.0.1:${proxy.port}`;
    world.scenario.job.setEnvironment({ https_proxy: url, HTTPS_PROXY: url, NO_PROXY: 'x' });
    const post = await world.scenario.post();
    expect(world.scenario.clients).toEqual([]);
    expect(proxy.asked).toEqual([]);
    expect(post.annotations).toEqual([
      expect.objectContaining({
        level: 'warning',
        message: expect.stringContaining('HTTPS_PROXY, NO_PROXY'),
      }),
    ]);
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
      expect(post.log).toMatch(
        /\((?:CERT_SIGNATURE_FAILURE|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\)\. .* is from a CA/,
      );
      expect(post.log).toContain(`A later step changed ${Object.keys(variables)}`);
    }
  });

  test('trusts the CA that main trusted, even if the variable is gone', async () => {
    await using world = await World.start();
    world.scenario.job.setEnvironment({ NODE_EXTRA_CA_CERTS: authority.file });
    await world.scenario.create({ capture_domain: world.direct, ...inputs });
    world.scenario.job.setEnvironment({ NODE_EXTRA_CA_CERTS: '' });
    await world.scenario.post();
    expect(world.scenario.clients).toEqual([]);
  });
});

describe('Capture, or what is in front of it,', () => {
  test.each(['gzip', 'deflate', 'br'] as const)('may compress every response (%s)', async (encoding) => {
    await using scenario = await Scenario.start({ emulator: { compression: encoding } });
    expect((await scenario.create({ lifetime: 'job' })).conclusion).toBe('success');
    await scenario.post();
    expect(scenario.clients).toEqual([]);
  });

  test('may send an unasked 100 Continue', async () => {
    await using scenario = await Scenario.start({ emulator: { interimStatus: 100 } });
    expect((await scenario.create({ lifetime: 'job' })).conclusion).toBe('success');
    await scenario.post();
    expect(scenario.emulator.requests).toHaveLength(2);
    expect(scenario.clients).toEqual([]);
  });

  test('may be another server, which gets the owner credentials once or twice per call', async () => {
    await using scenario = await Scenario.start();
    scenario.emulator.inject({ kind: 'http-before-commit', status: 200, times: Infinity });
    const main = await scenario.create();
    expect(lastMessage(main)).toMatch(/Check capture_domain: \S+ probably isn't a Capture domain/);
    for (const call of ['clients/add', 'clients/list']) {
      expect(scenario.callsOf(call).length).toBeLessThanOrEqual(2);
    }
  });

  test('may have another time: the clock is named if a signature is rejected', async () => {
    await using scenario = await Scenario.start({ emulator: { clockOffsetMs: 20 * 60_000 } });
    const main = await scenario.create({ auth_scheme: 'janrain-signed' });
    expect(lastMessage(main)).toMatch(
      /^Capture rejected clients\/add \(402 .*\. Correct this runner's clock: it is 20 minutes behind the clock of /,
    );
    expect(scenario.emulator.requests).toHaveLength(1);
  });

  test.each(['code-404', 'http-405'] as const)('may accept reads as GET only (%s)', async (wrongMethod) => {
    await using scenario = await Scenario.start({ emulator: { readMethods: 'GET', wrongMethod } });
    await scenario.create();
    expect((await scenario.delete({ lifetime: 'run' })).outputs.deleted).toBe('1');
    expect(scenario.callsOf('clients/list').map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  test('may list more than 16 MiB', async () => {
    await using scenario = await Scenario.start();
    await scenario.create();
    const description = 'x'.repeat(10_000);
    for (let n = 0; n < 2_000; n += 1) scenario.emulator.addClient({ description: `${n} ${description}` });
    expect((await scenario.delete({ lifetime: 'run' })).outputs.deleted).toBe('1');
    expect(scenario.clients).toHaveLength(2_000);
  });

  test('may be slow when the step is canceled: the log has the true time', async () => {
    await using scenario = await Scenario.start({ faults: [{ kind: 'hang-before-commit' }] });
    let control: StageControl | undefined;
    const onStart = (started: StageControl) => {
      control = started;
    };
    const creating = scenario.create({}, { onStart });
    while (scenario.emulator.requests.length === 0) await sleep(5);
    control?.cancel();
    const { log } = await creating;
    expect(log).toMatch(/The step was canceled while \S+ processed clients\/add \(after \d\.\ds\)/);
    expect(log).not.toContain('within 20s');
  });
});
