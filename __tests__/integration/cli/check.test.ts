import type { ChildProcess } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { EmulatedGitLab } from '../../support/gitlab-api.ts';
import { formsOf } from '../../support/scenario.ts';
import { buildOnce, Place } from './command.ts';

interface Report {
  readonly verdict: string;
  readonly clients: { readonly created: number; readonly leftovers: readonly string[] };
  readonly lines: readonly { readonly id: string; readonly status: string; readonly detail: string }[];
}

beforeAll(() => {
  buildOnce();
});

function lineOf(stdout: string, id: string) {
  return (JSON.parse(stdout) as Report).lines.find((line) => line.id === id);
}

describe('check', () => {
  test('writes the report as JSON, says the verdict on standard error, and leaves nothing', async () => {
    await using place = await Place.open();
    place.emulator.addClient({ description: 'made by hand' });
    const before = place.emulator.clients();
    const { code, stdout, stderr } = await place.run(['check', '--allow-privileged-features']);
    expect(code).toBe(0);
    const report: Report = JSON.parse(stdout);
    expect(report).toMatchObject({ version: 1, verdict: 'ready', clients: { leftovers: [] } });
    expect(report.lines.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['credentials', 'add', 'gone', 'owner-deletion', 'cleanup']),
    );
    expect(report.lines.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(report.lines.map(({ id }) => id)).not.toContain('token');
    expect(stderr).toContain('capture-client: This check creates up to 12 clients');
    expect(stderr).toContain('capture-client: Create a client: passed.');
    expect(stderr).toMatch(/capture-client: note: Ready to use with .*\n$/);
    expect(place.emulator.clients()).toEqual(before);
  });

  test('writes the Markdown for an issue to a private file', async () => {
    await using place = await Place.open();
    const args = ['check', '--mode', 'life', '--format', 'markdown', '--output', 'report.md'];
    const { code, stdout } = await place.run([...args, '--origin', 'git.example.com/acme/shop']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const file = join(place.folder, 'report.md');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const markdown = readFileSync(file, 'utf8');
    expect(markdown).toMatch(/^Verdict: ready \(.*, mode life, basic-auth\)\n\n\| point \|/);
    for (const text of ['acme', 'git.example.com', '127.0.0.1', place.emulator.owner.client_id])
      expect(markdown).not.toContain(text);
  });

  test('goes as far as --mode says', async () => {
    await using place = await Place.open();
    const { code, stderr } = await place.run(['check', '--mode', 'credentials']);
    expect(code).toBe(0);
    expect(stderr).not.toContain('creates up to');
    expect(place.emulator.requests.map(({ call }) => call)).toEqual(['clients/list']);
  });

  test('exits with 0 if the tenant has limits, and names them', async () => {
    await using place = await Place.open({ oldSecretMs: 0 });
    const { code, stdout, stderr } = await place.run(['check']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'limited' });
    expect(stderr).toMatch(/warning: Ready to use with .*, with limits\. .*rotate_secret/);
  });

  test('exits with 1 if the tenant can’t be used, and says why', async () => {
    await using place = await Place.open();
    const { code, stdout, stderr } = await place.run(['check'], {
      env: { CAPTURE_OWNER_CLIENT_SECRET: 'wrong-secret' },
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'not_ready', clients: { created: 0 } });
    expect(stderr).toMatch(/error: Not ready to use:\ncapture-client: - Owner credentials: /);
    expect(stderr).not.toContain('wrong-secret');
  });

  test('shows no secret that Capture repeats', async () => {
    await using place = await Place.open();
    const { client_id, client_secret } = place.emulator.owner;
    const body = JSON.stringify({
      stat: 'error',
      code: 403,
      error: 'no',
      error_description: `no: ${client_secret} ${btoa(`${client_id}:${client_secret}`)}`,
    });
    place.emulator.inject({ kind: 'response', body, call: 'clients/list' });
    const { code, stdout, stderr } = await place.run(['check']);
    expect(code).toBe(1);
    expect(stdout).toContain('no: ***');
    for (const form of formsOf(client_id, client_secret)) expect(stdout + stderr).not.toContain(form);
  });

  test.each([
    [['--mode', 'most'], '--mode: "most" isn\'t valid.'],
    [['--mode', 'life', '--wait-for-expiry'], '--wait-for-expiry has no effect with --mode life.'],
    [['--format', 'env'], 'Allowed choices are json, markdown.'],
    [['--show-summary'], "unknown option '--show-summary'"],
  ])('%j is wrong usage', async (flags, problem) => {
    await using place = await Place.open();
    const { code, stdout, stderr } = await place.run(['check', ...flags]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(problem);
    expect(place.emulator.requests).toEqual([]);
  });
});

describe('an interrupted check', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    '%s: deletes what it created, at every request, and exits with %d',
    async (signal, exitCode) => {
      for (const count of [1, 2, 3, 4, 7, 11]) {
        let child: ChildProcess | undefined;
        let requests = 0;
        const onRequest = (): void => {
          requests += 1;
          if (requests === count) child?.kill(signal);
        };
        await using place = await Place.open({ onRequest });
        place.emulator.addClient({ description: 'made by hand' });
        const before = place.emulator.clients();
        const { code, stdout, stderr } = await place.run(['check'], {
          onStart(started) {
            child = started;
          },
        });
        expect({ count, code }).toEqual({ count, code: exitCode });
        expect(JSON.parse(stdout)).toMatchObject({ verdict: 'canceled' });
        expect(stderr).toContain('error: The check was canceled.');
        expect(place.emulator.clients()).toEqual(before);
      }
    },
  );
});

describe('the token for the sweep', () => {
  const job = (gitlab: EmulatedGitLab): Record<string, string> => ({
    GITLAB_CI: 'true',
    CI_SERVER_URL: 'https://gitlab.com',
    CI_API_V4_URL: gitlab.url,
    CI_PROJECT_ID: '1217',
    CI_PROJECT_PATH: 'acme/web/shop',
    CI_PIPELINE_ID: '1001',
  });

  test.each([
    ['can read', 'glpat-token', {}, 'passed', 'It can read merge requests and pipelines.'],
    [
      'can’t read',
      'glpat-token',
      { '/projects/1217/pipelines': 403 },
      'skipped',
      "CAPTURE_GITLAB_TOKEN can't read pipelines of acme/web/shop (HTTP 403).",
    ],
    ['is missing', '', {}, 'skipped', 'CAPTURE_GITLAB_TOKEN is empty.'],
  ])('of GitLab %s', async (_, token, responses, status, detail) => {
    await using place = await Place.open();
    await using gitlab = await EmulatedGitLab.start(responses);
    const { code, stdout } = await place.run(['check', '--mode', 'credentials'], {
      env: { ...job(gitlab), CAPTURE_GITLAB_TOKEN: token },
    });
    expect(code).toBe(0);
    expect(lineOf(stdout, 'token')).toMatchObject({ status, detail: expect.stringContaining(detail) });
    expect(gitlab.requests.every((request) => request.token === token)).toBe(true);
  });
});
