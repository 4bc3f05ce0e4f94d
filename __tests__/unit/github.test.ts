import { expect, test } from '@jest/globals';
import type { Label, Repository } from '../../src/lifecycle/label.ts';
import { askGitHub } from '../../src/workflow/github.ts';
import { EmulatedGitHub, type GitHubAnswer } from '../bundle/github.ts';
import { runLabel } from './fixtures.ts';

const noProxies = { httpProxy: '', httpsProxy: '', noProxy: '' };
const own: Repository = { host: 'github.com', id: '1234', name: 'acme/shop' };

function label(subject: number | string, place: Partial<Repository> = {}): Label {
  const purpose: Label['purpose'] =
    typeof subject === 'number'
      ? { lifetime: 'pull_request', pullRequest: subject }
      : { lifetime: 'run', runId: subject };
  return { ...runLabel, purpose, repository: { ...own, ...place } };
}

async function ask(answers: Record<string, GitHubAnswer>, labels: Label[], limitMs = 5000) {
  await using github = await EmulatedGitHub.start(answers);
  const { stateOf, unread, causes } = await askGitHub(labels, {
    apiUrl: github.url,
    token: 'token',
    own,
    proxies: noProxies,
    limitMs,
  });
  return { states: labels.map(stateOf), unread, causes, paths: github.paths };
}

test('this repository is asked by the name that it has now', async () => {
  const { states, paths } = await ask({ '/repos/acme/shop/pulls/1': { state: 'closed' } }, [
    label(1, { name: 'acme/old' }),
  ]);
  expect(states).toEqual(['over']);
  expect(paths).toEqual(['/repos/acme/shop/pulls/1']);
});

test('any time will do, in fractions of a millisecond, too', async () => {
  const { states } = await ask({ '/repos/acme/shop/pulls/1': { state: 'closed' } }, [label(1)], 20_000 / 3);
  expect(states).toEqual(['over']);
});

test('another repository is read once, and asked by the name that it has now', async () => {
  const place = { id: '77', name: 'acme/was' };
  const { states, paths, unread } = await ask(
    {
      '/repos/acme/was': { id: 77, full_name: 'acme/is' },
      '/repos/acme/is/pulls/1': { state: 'open' },
      '/repos/acme/is/actions/runs/99999999999999999999': { status: 'completed' },
    },
    [label(1, place), label('99999999999999999999', place)],
  );
  expect(states).toEqual(['going on', 'over']);
  expect(unread).toBe(0);
  expect(paths).toEqual([
    '/repos/acme/is/actions/runs/99999999999999999999',
    '/repos/acme/is/pulls/1',
    '/repos/acme/was',
  ]);
});

test('a name that another repository has by now says nothing', async () => {
  const { states, causes } = await ask(
    {
      '/repos/acme/web': { id: 78, full_name: 'acme/web' },
      '/repos/acme/web/pulls/1': { state: 'closed' },
    },
    [label(1, { id: '77', name: 'acme/web' })],
  );
  expect(states).toEqual(['unknown']);
  expect(causes).toEqual(['another repository has the name now']);
});

test('a name cannot lead elsewhere in the API', async () => {
  for (const name of ['acme/..', '../user', 'acme/web?x=', 'acme/web#', 'acme/a b', 'acme', '/']) {
    const { states, paths } = await ask({ '/user': { id: 77, full_name: 'x/y' } }, [
      label(1, { id: '77', name }),
    ]);
    expect(states).toEqual(['unknown']);
    for (const path of paths) expect(path).toMatch(/^\/repos\//);
  }
});

test('all questions together have their time', async () => {
  const answers = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`/repos/acme/shop/pulls/${n + 1}`, 'never' as const]),
  );
  const started = performance.now();
  const { states, unread, causes } = await ask(
    answers,
    Array.from({ length: 40 }, (_, n) => label(n + 1)),
    300,
  );
  expect(new Set(states)).toEqual(new Set(['unknown']));
  expect({ unread, causes }).toEqual({ unread: 1, causes: ['no answer'] });
  expect(performance.now() - started).toBeLessThan(3000);
});

test('GitHub is asked by way of the proxy, but for what is reached without', async () => {
  await using proxy = await EmulatedGitHub.start({
    'http://github.invalid/repos/acme/shop/pulls/1': { state: 'closed' },
  });
  const access = { apiUrl: 'http://github.invalid', token: 'token', own, limitMs: 5000 };
  const proxies = { ...noProxies, httpProxy: proxy.url };
  const asked = await askGitHub([label(1)], { ...access, proxies });
  expect(asked.stateOf(label(1))).toBe('over');
  expect(proxy.paths).toEqual(['http://github.invalid/repos/acme/shop/pulls/1']);

  const direct = await askGitHub([label(1)], { ...access, proxies: { ...proxies, noProxy: '.invalid' } });
  expect(direct.causes).toEqual(['no answer']);
  expect(proxy.paths).toHaveLength(1);
});
