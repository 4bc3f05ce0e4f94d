import { describe, expect, jest, test } from '@jest/globals';
import { askGitHub, type GitHubAccess, inspectToken } from '../../../src/github/rest-api.ts';
import { formatTime, type Label, type Origin } from '../../../src/lifecycle/label.ts';
import { version } from '../../../src/version.ts';
import { fakeClock, now, runLabel } from '../../support/fixtures.ts';
import { EmulatedGitHub, type GitHubAnswer, GitHubReply } from '../../support/github-api.ts';
import { httpResponse, withServer } from '../../support/http-server.ts';

const noProxies = { httpProxy: '', httpsProxy: '', noProxy: '' };
const thisOrigin: Origin = { host: 'github.com', id: '1234', name: 'acme/shop' };
const pulls = '/repos/acme/shop/pulls';
const runs = '/repos/acme/shop/actions/runs';
const openPage = `${pulls}?state=open&per_page=100`;
const open = { state: 'open' };
const closed = { state: 'closed' };

function label(subject: number | string, place: Partial<Origin> = {}): Label {
  const purpose: Label['purpose'] =
    typeof subject === 'number'
      ? { lifetime: 'pull_request', pullRequest: subject }
      : { lifetime: 'run', runId: subject };
  return { ...runLabel, purpose, origin: { ...thisOrigin, ...place } };
}

const pullRequests = (count: number): Label[] => Array.from({ length: count }, (_, n) => label(n + 1));

async function ask(
  answers: Record<string, GitHubAnswer>,
  labels: Label[],
  prepare: (github: EmulatedGitHub) => void = () => {},
  access: Partial<GitHubAccess> = {},
) {
  await using github = await EmulatedGitHub.start(answers);
  prepare(github);
  const clock = fakeClock();
  const { stateOf, problems } = await askGitHub(labels, {
    apiUrl: github.url,
    token: 'token',
    thisOrigin,
    proxies: noProxies,
    clock,
    limitMs: 60_000,
    ...access,
  });
  return { states: labels.map(stateOf), problems, paths: github.paths, waits: clock.waits };
}

describe('few subjects are looked up', () => {
  test('in this repository by its current name', async () => {
    const { states, paths } = await ask({ [`${pulls}/1`]: closed }, [label(1, { name: 'acme/old' })]);
    expect(states).toEqual(['finished']);
    expect(paths).toEqual([`${pulls}/1`]);
  });

  test('in another repository, which is read once, by its current name', async () => {
    const place = { id: '77', name: 'acme/was' };
    const { states, paths, problems } = await ask(
      {
        '/repos/acme/was': { id: 77, full_name: 'acme/is' },
        '/repos/acme/is/pulls/1': open,
        '/repos/acme/is/actions/runs/99999999999999999999': { status: 'completed' },
      },
      [label(1, place), label('99999999999999999999', place)],
    );
    expect(states).toEqual(['unfinished', 'finished']);
    expect(problems).toEqual([]);
    expect(paths).toEqual([
      '/repos/acme/is/actions/runs/99999999999999999999',
      '/repos/acme/is/pulls/1',
      '/repos/acme/was',
    ]);
  });

  test('each once: a pull request and a run with the same number are two subjects', async () => {
    const { states, paths } = await ask(
      {
        [`${pulls}/5`]: closed,
        [`${pulls}/6`]: open,
        [`${runs}/5`]: { status: 'in_progress' },
        [`${runs}/6`]: { status: 'completed' },
      },
      [label(5), label('5'), label(6), label('6'), label(5)],
    );
    expect(states).toEqual(['finished', 'unfinished', 'unfinished', 'finished', 'finished']);
    expect(paths).toHaveLength(4);
  });

  test('within a time limit that is not a whole number', async () => {
    const { states } = await ask({ [`${pulls}/1`]: closed }, [label(1)], undefined, { limitMs: 20_000 / 3 });
    expect(states).toEqual(['finished']);
  });
});

describe('many subjects', () => {
  const answers = (count: number, isClosed: (n: number) => boolean): Record<string, GitHubAnswer> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`${pulls}/${n + 1}`, isClosed(n + 1) ? closed : open]),
    );

  test('are listed 100 a page, and only what is not listed is looked up', async () => {
    const { states, paths } = await ask(
      answers(250, (n) => n % 25 === 0),
      pullRequests(250),
    );
    expect(states.flatMap((state, n) => (state === 'finished' ? [n + 1] : []))).toEqual(
      Array.from({ length: 10 }, (_, n) => 25 * (n + 1)),
    );
    expect(states.filter((state) => state === 'unknown')).toEqual([]);
    expect(paths).toHaveLength(3 + 10);
    expect(paths.filter((path) => path.includes('?'))).toEqual([
      openPage,
      `${openPage}&page=2`,
      `${openPage}&page=3`,
    ]);
  });

  test('that a list misses, because it changed between two pages, are unfinished all the same', async () => {
    const { states, paths } = await ask(
      answers(120, () => false),
      pullRequests(120),
      (github) => {
        github.onRequest = (path) => {
          // The newest one is closed, so the 101st moves to the first page.
          if (path.endsWith('page=2')) github.answers[`${pulls}/120`] = closed;
        };
      },
    );
    expect(new Set(states)).toEqual(new Set(['unfinished']));
    expect(paths).toContain(`${pulls}/20`);
  });

  test('are listed only as long as that is cheaper', async () => {
    const { states, paths } = await ask(
      answers(2000, () => false),
      pullRequests(7),
    );
    expect(new Set(states)).toEqual(new Set(['unfinished']));
    expect(paths).toHaveLength(7 + 7);
  });

  test('that are runs are listed by each status of an unfinished run', async () => {
    const statuses = ['queued', 'in_progress', 'waiting', 'pending', 'requested', 'completed', 'completed'];
    const { states, paths } = await ask(
      Object.fromEntries(
        Array.from({ length: 21 }, (_, n) => [`${runs}/${n + 1}`, { status: statuses[n % 7] }]),
      ),
      Array.from({ length: 21 }, (_, n) => label(String(n + 1))),
    );
    expect(states).toEqual(
      statuses
        .map((one) => (one === 'completed' ? 'finished' : 'unfinished'))
        .concat(
          statuses.map((one) => (one === 'completed' ? 'finished' : 'unfinished')),
          statuses.map((one) => (one === 'completed' ? 'finished' : 'unfinished')),
        ),
    );
    expect(paths.filter((path) => path.includes('status=completed'))).toEqual([]);
    expect(paths).toHaveLength(5 + 6);
  });

  test('whose list cannot be read are not looked up', async () => {
    const { states, paths, problems } = await ask(
      { ...answers(30, () => true), [pulls]: 403 },
      pullRequests(30),
    );
    expect(new Set(states)).toEqual(new Set(['unknown']));
    expect(paths).toEqual([openPage]);
    expect(problems).toEqual([expect.stringContaining('the permission pull-requests: read')]);
  });
});

describe('a name', () => {
  test('that another repository has now says nothing', async () => {
    const { states, problems } = await ask(
      { '/repos/acme/web': { id: 78, full_name: 'acme/web' }, '/repos/acme/web/pulls/1': closed },
      [label(1, { id: '77', name: 'acme/web' })],
    );
    expect(states).toEqual(['unknown']);
    expect(problems).toEqual([
      'acme/web is the name of another repository now: the one with the ID 77 was renamed or deleted. If it was renamed, run the sweep there.',
    ]);
  });

  test.each([
    'acme/..',
    'acme/...',
    '../user',
    'acme/web?x=',
    'acme/web#',
    'a b/c',
    'x acme/web',
    'a/b/c',
    'acme',
    '/',
  ])('cannot lead elsewhere in the API: %s', async (name) => {
    const { states, paths, problems } = await ask({ '/user': { id: 77, full_name: 'x/y' } }, [
      label(1, { id: '77', name }),
    ]);
    expect({ states, paths, problems }).toEqual({
      states: ['unknown'],
      paths: [],
      problems: [
        `"${name}" can't be the name of a repository. Check who wrote the label in the description of that client.`,
      ],
    });
  });

  test('can start with a dot and have every character that GitHub allows', async () => {
    const { states } = await ask(
      {
        '/repos/a-c/.git_hub.x-y': { id: 77, full_name: 'a-c/.git_hub.x-y' },
        '/repos/a-c/.git_hub.x-y/pulls/1': closed,
      },
      [label(1, { id: '77', name: 'a-c/.git_hub.x-y' })],
    );
    expect(states).toEqual(['finished']);
  });
});

test.each(['..', '', '7/jobs', '7?x', 'pipeline-7'])('the run ID %j is never sent', async (id) => {
  const { states, paths, problems } = await ask({}, [label(id)]);
  expect({ states, paths }).toEqual({ states: ['unknown'], paths: [] });
  expect(problems).toEqual([
    `GitHub has no runs with an ID like "${id}". Check who wrote the label in the description of that client.`,
  ]);
});

describe('a run that GitHub does not find', () => {
  test('was deleted, if the list of runs can be read', async () => {
    const { states, problems } = await ask({}, [label('7')]);
    expect({ states, problems }).toEqual({ states: ['finished'], problems: [] });
  });

  test.each([403, 404, 500])('is unknown if the list of runs returns %d', async (status) => {
    const { states, problems } = await ask({ [runs]: status }, [label('7')]);
    expect(states).toEqual(['unknown']);
    expect(problems).toEqual([
      status === 500
        ? 'GitHub returned HTTP 500. Run this again later.'
        : expect.stringMatching(`can't read runs of acme/shop \\(HTTP ${status}\\).*actions: read`),
    ]);
  });
});

test.each<[GitHubAnswer, string]>([
  [500, 'GitHub returned HTTP 500. Run this again later.'],
  [
    {},
    "GitHub's response about acme/shop can't be parsed. Check that GITHUB_API_URL is the URL of GitHub's API.",
  ],
])('a run that GitHub cannot show, %j, is unknown even if the list can be read', async (answer, problem) => {
  const { states, problems } = await ask({ [`${runs}/7`]: answer }, [label('7')]);
  expect({ states, problems }).toEqual({ states: ['unknown'], problems: [problem] });
});

test('a pull request that GitHub does not find is unknown', async () => {
  const { states, problems } = await ask({}, [label(1)]);
  expect(states).toEqual(['unknown']);
  expect(problems).toEqual([
    "github_token can't read pull requests of acme/shop (HTTP 404). Check that they exist and that the token has the permission pull-requests: read there.",
  ]);
});

describe('a failure', () => {
  test.each<[GitHubAnswer, string]>([
    [{ state: 'merged' }, "GitHub's response about acme/shop can't be parsed."],
    ['garbage', "GitHub's response about acme/shop can't be parsed."],
    [500, 'GitHub returned HTTP 500.'],
    [403, "github_token can't read pull requests of acme/shop (HTTP 403)."],
  ])('leaves the state unknown and says why: %j', async (answer, problem) => {
    const { states, problems } = await ask({ [`${pulls}/1`]: answer, [`${pulls}/2`]: closed }, [
      label(1),
      label(2),
    ]);
    expect(states).toEqual(['unknown', 'finished']);
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  test.each([
    new GitHubReply(502, {}, {}, 1),
    new GitHubReply(500, {}, { message: 'no rate limit' }, 1),
    new GitHubReply(503, { 'retry-after': '60' }, {}, 1),
  ])('that can pass is retried once: %j', async (reply) => {
    const { states, paths, waits } = await ask({ [`${pulls}/1`]: closed }, [label(1)], (github) => {
      github.replies.push(reply);
    });
    expect(states).toEqual(['finished']);
    expect(paths).toHaveLength(2);
    expect(waits).toEqual([1000]);
  });

  test('that is no response is retried once', async () => {
    const { problems, waits } = await ask({}, [label(1)], undefined, { apiUrl: 'http://127.0.0.1:2' });
    expect(problems).toEqual([
      expect.stringMatching(
        /^GitHub didn't respond\. Check that this runner can reach http:\S+ \(GITHUB_API_URL\)\.$/,
      ),
    ]);
    expect(waits).toEqual([1000]);
  });

  const until = Math.floor(now / 1000) + 600;
  const rateLimit =
    /^GitHub's rate limit is reached \(HTTP 4\d\d\): it rejects all requests with github_token/;
  test.each<[string, GitHubReply, RegExp | string]>([
    ['a rejected token', new GitHubReply(401), /^GitHub rejected github_token \(HTTP 401\)\. Check/],
    [
      '429 with Retry-After',
      new GitHubReply(429, { 'retry-after': '60' }),
      ` until ${formatTime(now + 60_000)}.`,
    ],
    [
      '429',
      new GitHubReply(429),
      /^GitHub's rate limit is reached \(HTTP 429\): it rejects all requests with github_token\. Run this again later\.$/,
    ],
    [
      'the primary limit',
      new GitHubReply(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(until) }),
      ` until ${formatTime(until * 1000)}.`,
    ],
    ['the secondary limit', new GitHubReply(403, { 'retry-after': '60' }), rateLimit],
    [
      'the secondary limit without a header',
      new GitHubReply(403, {}, { message: 'You have exceeded a secondary rate limit.' }),
      rateLimit,
    ],
  ])('that every request would have ends the requests: %s', async (_, reply, problem) => {
    const { states, paths, problems, waits } = await ask(
      { '/repos/acme/web': { id: 77, full_name: 'acme/web' }, '/repos/acme/web/pulls/1': closed },
      [...pullRequests(300), label(1, { id: '77', name: 'acme/web' })],
      (github) => github.replies.push(reply),
    );
    expect(new Set(states)).toEqual(new Set(['unknown']));
    // Those that were in progress already.
    expect(paths.length).toBeLessThanOrEqual(2);
    expect(problems).toEqual([
      typeof problem === 'string' ? expect.stringContaining(problem) : expect.stringMatching(problem),
    ]);
    expect(waits).toEqual([]);
  });

  test('of a permission is no rate limit, although the limit is in the headers', async () => {
    const headers = { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': String(until) };
    const { problems } = await ask({ [`${pulls}/1`]: new GitHubReply(403, headers) }, [label(1)]);
    expect(problems).toEqual([
      expect.stringContaining("github_token can't read pull requests of acme/shop (HTTP 403)."),
    ]);
  });

  test('in the middle keeps what is known', async () => {
    const answers = Object.fromEntries(
      Array.from({ length: 220 }, (_, n) => [`${pulls}/${n + 1}`, n < 20 ? closed : open]),
    );
    const { states } = await ask(answers, pullRequests(220), (github) => {
      github.limit = { remaining: 12, reset: until };
    });
    const count = (wanted: string) => states.filter((state) => state === wanted).length;
    expect([count('unfinished'), count('finished'), count('unknown')]).toEqual([200, 10, 10]);
  });

  test("of our own is neither retried nor reported as GitHub's", async () => {
    const fail = (message: string) => () => {
      throw new TypeError(message);
    };
    const clock = { now: fail('a bug'), sleep: fail('a retry') };
    await expect(ask({ [`${pulls}/1`]: 429 }, [label(1)], undefined, { clock })).rejects.toThrow('a bug');
  });
});

test('without a token, GitHub is not asked', async () => {
  const { states, problems, paths } = await ask({}, [label(1)], undefined, { token: undefined });
  expect({ states, problems, paths }).toEqual({
    states: ['unknown'],
    problems: ["github_token is empty. Remove the input to use the job's token."],
    paths: [],
  });
});

test('a proxy that cannot be used leaves the state unknown', async () => {
  const { states, problems } = await ask({}, [label(1)], undefined, {
    apiUrl: 'http://github.invalid',
    proxies: { ...noProxies, httpProxy: 'socks5://proxy.example.com' },
  });
  expect(states).toEqual(['unknown']);
  expect(problems).toEqual([expect.stringContaining('HTTP_PROXY names a SOCKS proxy')]);
});

test('all requests together end in time', async () => {
  const answers = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`${pulls}/${n + 1}`, 'never' as const]),
  );
  const { states, problems } = await ask(answers, pullRequests(40), undefined, { limitMs: 300 });
  expect(new Set(states)).toEqual(new Set(['unknown']));
  expect(problems).toEqual([
    "GitHub didn't respond to every request within 0.3s. Run this again, or set a longer timeout.",
  ]);
});

test('GitHub is asked through the proxy, unless NO_PROXY has its host', async () => {
  await using proxy = await EmulatedGitHub.start({ [`http://github.invalid${pulls}/1`]: closed });
  const proxies = { ...noProxies, httpProxy: proxy.url };
  const access = {
    apiUrl: 'http://github.invalid',
    token: 'token',
    thisOrigin,
    limitMs: 5000,
    clock: fakeClock(),
  };
  const asked = await askGitHub([label(1)], { ...access, proxies });
  expect(asked.stateOf(label(1))).toBe('finished');
  expect(proxy.paths).toEqual([`http://github.invalid${pulls}/1`]);

  const direct = await askGitHub([label(1)], { ...access, proxies: { ...proxies, noProxy: '.invalid' } });
  expect(direct.problems).toEqual([expect.stringContaining("GitHub didn't respond.")]);
  expect(proxy.paths).toHaveLength(1);
});

describe('the inspection of a token', () => {
  const noPulls =
    "github_token can't read pull requests of acme/shop (HTTP 403). Check that they exist and that the token has the permission pull-requests: read there.";
  const noRuns =
    "github_token can't read runs of acme/shop (HTTP 404). Check that they exist and that the token has the permission actions: read there.";

  const accessTo = (apiUrl: string): GitHubAccess => ({
    apiUrl,
    token: 'token',
    thisOrigin,
    proxies: noProxies,
    clock: fakeClock(),
    limitMs: 60_000,
  });

  test.each<[Record<string, GitHubAnswer>, boolean, string]>([
    [{}, true, 'It can read pull requests and runs.'],
    [{ [pulls]: 403 }, false, noPulls],
    [{ [runs]: 404 }, false, noRuns],
    [{ [pulls]: 403, [runs]: 404 }, false, `${noPulls} ${noRuns}`],
    [{ [pulls]: 500, [runs]: 500 }, false, 'GitHub returned HTTP 500. Run this again later.'],
  ])('reads one of each and says what is missing: %j', async (answers, isSufficient, detail) => {
    await using github = await EmulatedGitHub.start(answers);
    expect(await inspectToken(accessTo(github.url))).toEqual({ isSufficient, detail });
    expect([...new Set(github.paths)]).toEqual([`${runs}?per_page=1`, `${pulls}?per_page=1`]);
  });

  test('names this action and its version in its requests', () =>
    withServer(
      (socket) => socket.end(httpResponse('{}', 'HTTP/1.1 401 Unauthorized')),
      async ({ port, received }) => {
        await inspectToken(accessTo(`http://127.0.0.1:${port}`));
        expect(received().toLowerCase()).toContain(`user-agent: capture-client-action/${version} `);
      },
    ));

  test('prints nothing, even if GitHub says that a route is deprecated', async () => {
    const headers = { deprecation: 'true', link: '<https://x.example>; rel="deprecation"' };
    await using github = await EmulatedGitHub.start({ [pulls]: new GitHubReply(200, headers, []) });
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
    try {
      expect((await inspectToken(accessTo(github.url))).isSufficient).toBe(true);
      expect(warn).not.toHaveBeenCalled();
    } finally {
      warn.mockRestore();
    }
  });
});
