import type { ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Fault } from '../../../emulator/emulator.ts';
import { until } from '../../support/http-server.ts';
import { buildOnce, Place } from './command.ts';

const node = process.execPath;
const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

beforeAll(() => {
  buildOnce();
});

/** A program in JavaScript. */
function script(code: string): string[] {
  return ['exec', '--', node, '-e', code];
}

/** Prints "ready", and goes on until a signal ends it. */
const waits = "setTimeout(() => {}, 60000); console.log('ready')";

describe('exec', () => {
  test('hides every form of the secret in both streams, in whichever chunks it comes', async () => {
    await using place = await Place.open();
    const code = `
      const secret = process.env.CAPTURE_CLIENT_SECRET;
      const forms = [secret, btoa(secret), btoa(process.env.CAPTURE_CLIENT_ID + ':' + secret), Buffer.from(secret).toString('hex')];
      const write = async () => {
        for (const character of forms.join(' ') + '\\n') {
          process.stdout.write(character);
          process.stderr.write(character);
          await new Promise(setImmediate);
        }
        console.log(require('fs').readFileSync('/dev/null').length, process.env.CAPTURE_CLIENT_ID);
      };
      write();`;
    const { stdout, stderr } = await place.run(script(code));
    expect(stdout).toMatch(/^\*\*\* \*\*\*=* \*\*\*=* \*\*\*\n0 \w{32}\n$/);
    expect(stderr).toMatch(/^\*\*\* \*\*\*=* \*\*\*=* \*\*\*$/m);
  });

  test('no secret is in the arguments of any process', async () => {
    await using place = await Place.open();
    const key = 'a key of more than 32 characters, really';
    let [processes, clientSecret] = ['', ''];
    await place.run(script(waits), {
      env: { CAPTURE_SEAL_KEY: key, CAPTURE_GITLAB_TOKEN: 'glpat-123' },
      onOutput(_, child) {
        processes = execFileSync('ps', ['-ww', '-eo', 'args'], { encoding: 'utf8' });
        clientSecret = place.clients[0]?.client_secret ?? '';
        child.kill();
      },
    });
    expect(processes).toContain('bin.js exec');
    expect(clientSecret).toMatch(/^\w{32}$/);
    for (const secret of [place.emulator.owner.client_secret, clientSecret, key, 'glpat-123'])
      expect(processes).not.toContain(secret);
  });

  test('what the program leaves running keeps neither the client nor the command', async () => {
    await using place = await Place.open();
    const start =
      "require('child_process').spawn('sleep', ['20'], { stdio: 'inherit', detached: true }).unref()";
    const before = Date.now();
    let deleted = 0;
    const watch = setInterval(() => {
      if (deleted === 0 && place.emulator.requests.at(-1)?.call === 'clients/delete') deleted = Date.now();
    }, 10);
    await new Promise<void>((resolve) => {
      place.run(script(start), { onStart: (child) => child.on('exit', () => resolve()) });
    });
    clearInterval(watch);
    expect(Date.now() - before).toBeLessThan(10_000);
    expect(deleted).toBeGreaterThan(0);
    expect(place.clients).toEqual([]);
  });
});

describe.each(signals)('%s', (signal, exitCode) => {
  const kill = (child: ChildProcess): void => {
    child.kill(signal);
  };

  test('goes to the program, whose exit code counts', async () => {
    await using place = await Place.open();
    const code = `process.on('${signal}', () => { console.log('cleaned up'); process.exit(7); }); ${waits}`;
    const ended = await place.run(script(code), {
      onOutput: (stdout, child) => (stdout.endsWith('ready\n') ? kill(child) : undefined),
    });
    expect(ended).toMatchObject({ code: 7, stdout: 'ready\ncleaned up\n' });
    expect(place.clients).toEqual([]);
  });

  test('ends a program that doesn’t handle it, and the client is deleted', async () => {
    await using place = await Place.open();
    const ended = await place.run(script(waits), { onOutput: (_, child) => kill(child) });
    expect(ended.code).toBe(exitCode);
    expect(place.clients).toEqual([]);
  });

  test('twice doesn’t keep the client alive', async () => {
    await using place = await Place.open();
    place.emulator.inject({ kind: 'slow', ms: 700, call: 'clients/delete' });
    let child: ChildProcess | undefined;
    const ending = place.run(script(waits), {
      onOutput(_, started) {
        child = started;
        kill(started);
      },
    });
    await until(() => place.emulator.requests.some(({ call }) => call === 'clients/delete'));
    if (child !== undefined) kill(child);
    const ended = await ending;
    expect(ended.code).toBe(exitCode);
    expect(ended.stderr).toMatch(/Deleted client \w{32}\.\n$/);
    expect(place.clients).toEqual([]);
  });

  test.each<[string, Fault[]]>([
    ['while Capture creates it', [{ kind: 'slow', ms: 500, call: 'clients/add' }]],
    ['while Capture doesn’t respond', [{ kind: 'hang-after-commit', call: 'clients/add' }]],
    [
      'while Capture is busy',
      [{ kind: 'api-before-commit', code: 510, call: 'clients/add', times: Infinity }],
    ],
  ])('%s starts nothing and leaves no client', async (_, faults) => {
    await using place = await Place.open();
    for (const fault of faults) place.emulator.inject(fault);
    let child: ChildProcess | undefined;
    const ending = place.run(script("console.log('started')"), {
      onStart(started) {
        child = started;
      },
    });
    await until(() => place.emulator.requests.length > 0);
    if (child !== undefined) kill(child);
    expect(await ending).toMatchObject({ code: exitCode, stdout: '' });
    expect(place.clients).toEqual([]);
  });
});

describe('exec with sealed credentials', () => {
  const key = 'k'.repeat(40);
  const origin = ['--origin', 'git.example.com/acme/shop'];

  test('opens them, and creates and deletes nothing', async () => {
    await using place = await Place.open();
    const created = await place.run(['create', ...origin, '--run-id', '7'], {
      env: { CAPTURE_SEAL_KEY: key },
    });
    const { client_id, sealed_credentials } = JSON.parse(created.stdout);
    const requests = place.emulator.requests.length;
    const code =
      'console.log(process.env.CAPTURE_CLIENT_ID, process.env.CAPTURE_CLIENT_SECRET, process.env.CAPTURE_SEALED_CREDENTIALS)';
    const ended = await place.run(['exec', ...origin, '--', node, '-e', code], {
      env: {
        CAPTURE_OWNER_CLIENT_SECRET: '',
        CAPTURE_SEALED_CREDENTIALS: sealed_credentials,
        CAPTURE_SEAL_KEY: key,
      },
    });
    expect(ended).toMatchObject({ code: 0, stdout: `${client_id} *** undefined\n` });
    expect(place.emulator.requests).toHaveLength(requests);
    expect(place.clients).toHaveLength(1);
  });
});
