import { expect, test } from '@jest/globals';
import { askGitHub } from '../../../src/github/rest-api.ts';
import type { Label, Origin } from '../../../src/lifecycle/label.ts';
import { runLabel } from '../../support/fixtures.ts';
import { EmulatedGitHub, type GitHubAnswer } from '../../support/github-api.ts';

const noProxies = { httpProxy: '', httpsProxy: '', noProxy: '' };
const own: Origin = { host: 'github.com', id: '1234', name: 'acme/shop' };

function label(subject: number | string, place: Partial<Origin> = {}): Label {
  const purpose: Label['purpose'] =
    typeof subject === 'number'
      ? { lifetime: 'pull_request', pullRequest: subject }
      : { lifetime: 'run', runId: subject };
  return { ...runLabel, purpose, origin: { ...own, ...place } };
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
  const names = [
    'acme/..',
    'acme/...',
    '../user',
    'acme/web?x=',
    'acme/web#',
    'acme/a b',
    'x acme/web',
    'a/b/c',
  ];
  for (const name of [...names, 'acme', '/']) {
    const { states, paths, causes } = await ask({ '/user': { id: 77, full_name: 'x/y' } }, [
      label(1, { id: '77', name }),
    ]);
    expect({ states, paths, causes }).toEqual({
      states: ['unknown'],
      paths: [],
      causes: ['a name that no repository has'],
    });
  }
});

test('a name may begin with a dot, and hold what GitHub allows', async () => {
  const { states } = await ask(
    {
      '/repos/a-c/.git_hub.x-y': { id: 77, full_name: 'a-c/.git_hub.x-y' },
      '/repos/a-c/.git_hub.x-y/pulls/1': { state: 'closed' },
    },
    [label(1, { id: '77', name: 'a-c/.git_hub.x-y' })],
  );
  expect(states).toEqual(['over']);
});

test('a pull request and a run of one number are two subjects, each with an answer of its own', async () => {
  const { states, paths } = await ask(
    {
      '/repos/acme/shop/pulls/5': { state: 'closed' },
      '/repos/acme/shop/pulls/6': { state: 'open' },
      '/repos/acme/shop/actions/runs/5': { status: 'in_progress' },
      '/repos/acme/shop/actions/runs/6': { status: 'completed' },
    },
    [label(5), label('5'), label(6), label('6'), label(5)],
  );
  expect(states).toEqual(['over', 'going on', 'going on', 'over', 'over']);
  expect(paths).toHaveLength(4);
});

test.each<[GitHubAnswer, string]>([
  [403, 'HTTP 403'],
  [404, 'HTTP 404'],
  [{ state: 'merged' }, 'an answer that cannot be read'],
])('an answer of %j leaves the question open, and the cause is told', async (answer, cause) => {
  const { states, unread, causes } = await ask({ '/repos/acme/shop/pulls/1': answer }, [label(1), label(2)]);
  expect({ states, unread }).toEqual({ states: ['unknown', 'unknown'], unread: 1 });
  expect(causes).toContain(cause);
});

test('without a token nothing is asked', async () => {
  await using github = await EmulatedGitHub.start();
  const access = { apiUrl: github.url, token: undefined, own, proxies: noProxies, limitMs: 5000 };
  const { stateOf, causes } = await askGitHub([label(1)], access);
  expect([stateOf(label(1)), causes, github.paths]).toEqual(['unknown', ['github_token is empty'], []]);
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
