import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
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

/** An emulated Capture that speaks TLS: localhost of a step's own, capture.test behind a proxy. */
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

  /** Runs create there, with the authority among those that are trusted. */
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

/** The port of a server that is not there any more. */
async function closedPort(): Promise<number> {
  await using proxy = await LocalProxy.start();
  return proxy.port;
}

const user = 'mona.the-proxy-user';
const password = 'hun:ter/2@#%';
const login = `${user}:${encodeURIComponent(password)}`;

/** Nothing of the proxy's URL but host and port was said, nothing sent, and post has nothing to do. */
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
    'that %s names is asked for a tunnel, with the credentials of its URL',
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

  test('may be named without http://', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const main = await world.create(world.proxied, { HTTPS_PROXY: `127.0.0.1:${proxy.port}` });
    expect(main.conclusion).toBe('success');
    expect(proxy.asked).toEqual([world.proxied]);
  });

  // On Windows both are one variable.
  (process.platform === 'win32' ? test.skip : test)('is that of the lower-case name', async () => {
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

  test('is never asked for the machine itself', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const url = `http://127.0.0.1:${proxy.port}`;
    const env = { HTTPS_PROXY: url, HTTP_PROXY: url };
    expect((await world.create(world.direct, env)).conclusion).toBe('success');
    expect((await world.create(world.scenario.emulator.domain, env)).conclusion).toBe('success');
    expect(proxy.asked).toEqual([]);
  });

  test('is not asked for what NO_PROXY names', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const env = { HTTPS_PROXY: `http://${login}@127.0.0.1:${proxy.port}`, NO_PROXY: 'x.example, .test' };
    const main = await world.create(world.proxied, env, { timeout: '3s' });
    expect(proxy.asked).toEqual([]);
    expect(lastMessage(main)).toMatch(/^(?:Could not connect|No connection) to capture\.test:\d+ for /);
    await expectNothingSent(main, world);
  });

  test('leads to all calls: those of post, of delete and of sweep, and to GitHub', async () => {
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

  test('that leads to Capture and not to GitHub is named by the sweep', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const env = trusting({
      https_proxy: `http://${login}@127.0.0.1:${proxy.port}`,
      GITHUB_API_URL: 'https://github.test',
    });
    await world.create(world.proxied, env);
    proxy.refusals.push(0, 403);
    const inputs = { capture_domain: world.proxied, github_token: 'ghs_16C7e42F292c6912E7710c838347Ae17' };
    const swept = await world.scenario.sweep(inputs, { env });
    expect(swept).toMatchObject({ conclusion: 'success', outputs: { deleted: '0', kept: '1' } });
    expect(swept.log).toContain(`(no answer through the proxy 127.0.0.1:${proxy.port}: HTTP 403; the token`);
    expect(printed(swept)).not.toContain(user);
  });

  test('that is down is named without its credentials, and tried again while there is time', async () => {
    await using world = await World.start();
    const port = await closedPort();
    const env = { HTTPS_PROXY: `http://${login}@127.0.0.1:${port}` };
    const main = await world.create(world.proxied, env, { timeout: '9s' });
    expect(lastMessage(main)).toMatch(
      new RegExp(
        `^Could not connect to the proxy 127\\.0\\.0\\.1:${port} for clients/add at ${world.proxied} \\(ECONNREFUSED\\)\\. Gave up after \\d attempts: .*\\. Is the proxy up, are host and port in HTTPS_PROXY right`,
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

  test('that does not exist is not looked for twice', async () => {
    await using world = await World.start();
    const env = { HTTPS_PROXY: `http://${login}@proxy.invalid` };
    const main = await world.create(world.proxied, env, { timeout: '3s' });
    expect(lastMessage(main)).toContain('the proxy proxy.invalid:80 for clients/add');
    // A machine without a resolver cannot tell that there is no such name.
    if (lastMessage(main)?.includes('(ENOTFOUND)')) {
      expect(lastMessage(main)).toMatch(/There is no such proxy: is HTTPS_PROXY spelt right\?$/);
      expect(retriesIn(main)).toEqual([]);
    }
    await expectNothingSent(main, world);
  });

  test('that never answers costs a third of the time, and is named', async () => {
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

  test('that cannot reach the host and hangs up is named', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const host = `capture.test:${await closedPort()}`;
    const env = { HTTPS_PROXY: `http://${login}@127.0.0.1:${proxy.port}` };
    const main = await world.create(host, env, { timeout: '6s' });
    expect(lastMessage(main)).toMatch(
      new RegExp(
        `^The proxy 127\\.0\\.0\\.1:${proxy.port} hung up before it let clients/add through to ${host} \\(`,
      ),
    );
    expect(retriesIn(main).length).toBeGreaterThan(0);
    await expectNothingSent(main, world);
  });

  test.each([
    ['no credentials', ''],
    ['others', `${user}:wrong@`],
  ])('that wants credentials and gets %s says where they belong, and is asked once', async (_, given) => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start({ credentials: `${user}:${password}` });
    const main = await world.create(world.proxied, { HTTPS_PROXY: `http://${given}127.0.0.1:${proxy.port}` });
    expect(lastMessage(main)).toBe(
      `The proxy 127.0.0.1:${proxy.port} did not let clients/add through to ${world.proxied} (HTTP 407). ` +
        'It wants a user name and a password, or other ones: they go into the URL in HTTPS_PROXY, special characters percent-encoded (http://USER:PASSWORD@HOST:PORT).',
    );
    expect(proxy.asked).toHaveLength(1);
    await expectNothingSent(main, world);
  });

  test('that refuses the host for good is asked once', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    proxy.refusals.push(403);
    const main = await world.create(world.proxied, {
      HTTPS_PROXY: `http://${login}@127.0.0.1:${proxy.port}`,
    });
    expect(lastMessage(main)).toBe(
      `The proxy 127.0.0.1:${proxy.port} did not let clients/add through to ${world.proxied} (HTTP 403). ` +
        `Have ${world.proxied} allowed there, or put it into NO_PROXY if this runner reaches it without a proxy. Is HTTPS_PROXY right?`,
    );
    expect(proxy.asked).toHaveLength(1);
    await expectNothingSent(main, world);
  });

  test('that stumbles is asked again, and there is one client', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    proxy.refusals.push(502, 503);
    const main = await world.create(world.proxied, { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    expect(main.conclusion).toBe('success');
    const [first, second, ...more] = retriesIn(main);
    expect(first).toContain(`The proxy 127.0.0.1:${proxy.port} did not let clients/add through to`);
    expect([first, second]).toEqual([
      expect.stringContaining('(HTTP 502)'),
      expect.stringContaining('(HTTP 503)'),
    ]);
    expect(more).toEqual([]);
    expect(world.scenario.emulator.requests).toHaveLength(1);
  });

  test('carries an answer that is lost on the way: the client is looked for, and found', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    world.scenario.emulator.inject({ kind: 'reset-after-commit' });
    const main = await world.create(world.proxied, { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    expect(main.conclusion).toBe('success');
    expect(main.log).toMatch(
      new RegExp(
        `^The connection to ${world.proxied} through the proxy 127\\.0\\.0\\.1:${proxy.port} broke during clients/add \\([A-Z_]+\\)\\. Looking whether the client exists\\.$`,
        'm',
      ),
    );
    expect(world.scenario.clients).toHaveLength(1);
  });

  test('that is no URL of a proxy is told without its text, which may hold a password', async () => {
    await using world = await World.start();
    for (const url of [
      `http://${user}:${password}@127.0.0.1:1`,
      `http://${user}:12/34@proxy.test`,
      `http://${login}@proxy.test:port`,
      `socks5://${login}@127.0.0.1:1`,
      `http://${user}:100%@127.0.0.1:1`,
    ]) {
      const main = await world.create(world.proxied, { HTTPS_PROXY: url });
      expect(lastMessage(main)).toMatch(/^HTTPS_PROXY or HTTP_PROXY is not the URL of a proxy/);
      expect(printed(main)).not.toMatch(/proxy-user|hun|:12|100%/);
    }
  });
});

describe('a proxy that is spoken to in TLS', () => {
  test('is asked for a tunnel, in HTTP/1.1', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start({ identity: await authority.certify() });
    const main = await world.create(world.proxied, { HTTPS_PROXY: `https://localhost:${proxy.port}` });
    expect(main).toMatchObject({ conclusion: 'success', stderr: '' });
    expect(proxy.asked).toEqual([world.proxied]);
  });

  test('proves who it is', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start({ identity: await authority.certify(['other.test']) });
    const main = await world.create(world.proxied, {
      HTTPS_PROXY: `https://${login}@localhost:${proxy.port}`,
    });
    expect(lastMessage(main)).toBe(
      `Could not connect to the proxy localhost:${proxy.port} for clients/add at ${world.proxied} (ERR_TLS_CERT_ALTNAME_INVALID). ` +
        `The certificate that came is for another host than localhost:${proxy.port}: is HTTPS_PROXY right, or does something in between answer instead?`,
    );
    expect(proxy.asked).toEqual([]);
    await expectNothingSent(main, world);
  });

  test('may be one that speaks plain http', async () => {
    await using world = await World.start();
    await using proxy = await LocalProxy.start();
    const main = await world.create(world.proxied, {
      HTTPS_PROXY: `https://${login}@localhost:${proxy.port}`,
    });
    expect(lastMessage(main)).toContain(
      `localhost:${proxy.port} does not speak TLS at that port, but perhaps plain http. Is the port in HTTPS_PROXY right? A proxy that is spoken to in plain http takes http:// before its name.`,
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
      'The certificate that came is for another host than HOST: is capture_domain right, or does something in between answer instead?',
    ],
    [
      'that has expired',
      () => authority.certify(['localhost'], { from: new Date(0), until: yesterday }),
      'CERT_HAS_EXPIRED',
      'The certificate of HOST has expired: whoever runs it has to renew it. Is the clock of this runner right?',
    ],
    [
      'that is not valid yet',
      () => authority.certify(['localhost'], { from: tomorrow }),
      'CERT_NOT_YET_VALID',
      'The certificate of HOST is not valid yet: is the clock of this runner right?',
    ],
    [
      'that is self-signed',
      () => certify(['localhost']),
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'The certificate of HOST is self-signed, so anybody could have made it. If it is the one that you expect, put the certificate into a PEM file and its path into NODE_EXTRA_CA_CERTS, in the env of the job or the step.',
    ],
  ])('refuses a certificate %s, at once and with its own sentence', async (_, identity, code, hint) => {
    await using world = await World.start(await identity());
    const main = await world.create(world.direct);
    expect(lastMessage(main)).toBe(
      `Could not connect to ${world.direct} for clients/add (${code}). ${hint.replace('HOST', world.direct)}`,
    );
    expect(world.front.connections).toBe(1);
    await expectNothingSent(main, world);
  });

  test('refuses a certificate of an unknown CA, and of a whole chain from it', async () => {
    for (const chain of [[authority.cert], []]) {
      const { cert, key } = await authority.certify();
      await using world = await World.start({ cert: [cert, ...chain].join('\n'), key });
      const main = await world.create(world.direct, { NODE_EXTRA_CA_CERTS: '' });
      expect(lastMessage(main)).toMatch(
        /^Could not connect to localhost:\d+ for clients\/add \((?:SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\)\. The certificate of localhost:\d+ is signed by a CA that Node does not know\. If that is a CA of your own, or of a proxy that opens TLS, put the certificate into a PEM file and its path into NODE_EXTRA_CA_CERTS/,
      );
      expect(world.front.connections).toBe(1);
      await expectNothingSent(main, world);
    }
  });

  test('is checked inside a tunnel, too', async () => {
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

  test('is told from plain http on its port', async () => {
    await using world = await World.start();
    const host = new URL(world.scenario.emulator.domain).host;
    const main = await world.create(`https://${host}`);
    expect(lastMessage(main)).toMatch(
      new RegExp(
        `^Could not connect to ${host} for clients/add \\(ERR_SSL_\\w+\\)\\. ${host} does not speak TLS at that port, but perhaps plain http\\. Is the port in capture_domain right\\? An emulator on this machine takes http:// before its name\\.$`,
      ),
    );
    expect(retriesIn(main)).toEqual([]);
    await expectNothingSent(main, world);
  });

  test('that nobody checks is warned of once in every step that talks to Capture, before it does', async () => {
    await using world = await World.start(await certify(['elsewhere.test']));
    const { scenario } = world;
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_EXTRA_CA_CERTS: '' };
    const inputs = { capture_domain: world.direct };
    const { journal } = scenario;
    const created = await scenario.create({ ...inputs, lifetime: 'job' }, { env, journal });
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
            /^NODE_TLS_REJECT_UNAUTHORIZED is 0, so no certificate is checked: .* goes into NODE_EXTRA_CA_CERTS\.$/,
          ),
        }),
      ]);
    }
    const told = scenario.events.map((event) => JSON.stringify(event));
    const warned = told.findIndex((event) => event.includes('NODE_TLS_REJECT_UNAUTHORIZED is 0'));
    const sent = told.findIndex((event) => event.includes('POST /clients/add'));
    expect(warned).toBeGreaterThan(-1);
    expect(sent).toBeGreaterThan(warned);
  });

  test('is no matter of 1, true or nothing in that variable', async () => {
    await using world = await World.start();
    for (const value of ['1', 'true', '']) {
      const main = await world.create(world.direct, { NODE_TLS_REJECT_UNAUTHORIZED: value });
      expect(main.log).not.toContain('NODE_TLS_REJECT_UNAUTHORIZED');
    }
  });
});
