import { describe, expect, test } from '@jest/globals';
import { askGitLab, type GitLabAccess } from '../../../src/gitlab/rest-api.ts';
import { formatTime, type Label, type Origin } from '../../../src/lifecycle/label.ts';
import { fakeClock, now, runLabel } from '../../support/fixtures.ts';
import { EmulatedGitLab, GitLabReply, type GitLabResponse, type Paging } from '../../support/gitlab-api.ts';

const noProxies = { httpProxy: '', httpsProxy: '', noProxy: '' };
const own: Origin = { host: 'gitlab.com', id: '1234', name: 'acme/web/shop' };
const mergeRequests = '/projects/1234/merge_requests';
const pipelines = '/projects/1234/pipelines';
const openedPage = `${mergeRequests}?state=opened&per_page=100`;
const opened = { state: 'opened' };
const merged = { state: 'merged' };

function label(subject: number | string, place: Partial<Origin> = {}): Label {
  const purpose: Label['purpose'] =
    typeof subject === 'number'
      ? { lifetime: 'pull_request', pullRequest: subject }
      : { lifetime: 'run', runId: subject };
  return { ...runLabel, purpose, origin: { ...own, ...place } };
}

const labels = (count: number): Label[] => Array.from({ length: count }, (_, n) => label(n + 1));

const many = (count: number, isMerged: (n: number) => boolean): Record<string, GitLabResponse> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`${mergeRequests}/${n + 1}`, isMerged(n + 1) ? merged : opened]),
  );

async function ask(
  responses: Record<string, GitLabResponse>,
  about: Label[],
  prepare: (gitlab: EmulatedGitLab) => void = () => {},
  access: Partial<GitLabAccess> = {},
) {
  await using gitlab = await EmulatedGitLab.start(responses);
  prepare(gitlab);
  const clock = fakeClock();
  const { stateOf, problems } = await askGitLab(about, {
    apiUrl: gitlab.url,
    token: 'glpat-token',
    proxies: noProxies,
    clock,
    limitMs: 60_000,
    ...access,
  });
  const tokens = new Set(gitlab.requests.map(({ token }) => token));
  return { states: about.map(stateOf), problems, paths: gitlab.paths, tokens, waits: clock.waits };
}

describe('few subjects are looked up', () => {
  test.each([
    ['opened', 'unfinished'],
    ['locked', 'unfinished'],
    ['closed', 'finished'],
    ['merged', 'finished'],
  ])('a merge request that is %s is %s', async (state, expected) => {
    const { states, paths, tokens, problems } = await ask({ [`${mergeRequests}/1`]: { state } }, [label(1)]);
    expect({ states, problems }).toEqual({ states: [expected], problems: [] });
    expect(paths).toEqual([`${mergeRequests}/1`]);
    expect(tokens).toEqual(new Set(['glpat-token']));
  });

  test.each([
    ['success', 'finished'],
    ['failed', 'finished'],
    ['canceled', 'finished'],
    ['skipped', 'finished'],
    ['created', 'unfinished'],
    ['waiting_for_resource', 'unfinished'],
    ['preparing', 'unfinished'],
    ['waiting_for_callback', 'unfinished'],
    ['pending', 'unfinished'],
    ['running', 'unfinished'],
    ['canceling', 'unfinished'],
    ['manual', 'unfinished'],
    ['scheduled', 'unfinished'],
    ['a status of a later version', 'unfinished'],
  ])('a pipeline that is %s is %s', async (status, expected) => {
    const { states, problems } = await ask({ [`${pipelines}/7`]: { status } }, [label('7')]);
    expect({ states, problems }).toEqual({ states: [expected], problems: [] });
  });

  test('in other projects by the ID, whatever their names are now', async () => {
    const { states, paths } = await ask({ '/projects/77/merge_requests/1': merged }, [
      label(1, { id: '77', name: 'acme/old' }),
    ]);
    expect(states).toEqual(['finished']);
    expect(paths).toEqual(['/projects/77/merge_requests/1']);
  });

  test('the same numbers of merge requests, pipelines, and other projects apart', async () => {
    const { states } = await ask(
      {
        [`${mergeRequests}/7`]: merged,
        [`${pipelines}/7`]: { status: 'running' },
        '/projects/77/merge_requests/7': opened,
      },
      [label(7), label('7'), label(7, { id: '77', name: 'acme/api' })],
    );
    expect(states).toEqual(['finished', 'unfinished', 'unfinished']);
  });
});

describe('many subjects', () => {
  test.each<[Paging, string]>([
    ['link', '&page=3'],
    ['header', '&page=3'],
    ['keyset', '&cursor=59'],
  ])('are listed 100 a page, and only what is not listed is looked up: %s', async (paging, third) => {
    const { states, paths } = await ask(
      many(250, (n) => n % 25 === 0),
      labels(250),
      (gitlab) => {
        gitlab.paging = paging;
      },
    );
    expect(states.flatMap((state, n) => (state === 'finished' ? [n + 1] : []))).toEqual(
      Array.from({ length: 10 }, (_, n) => 25 * (n + 1)),
    );
    expect(states.filter((state) => state === 'unknown')).toEqual([]);
    expect(paths).toHaveLength(3 + 10);
    expect(paths.filter((path) => path.includes('?')).slice(0, 1)).toEqual([openedPage]);
    if (paging !== 'keyset') expect(paths).toContain(`${openedPage}${third}`);
  });

  test('whose next page has the link of another host are asked from the same host', async () => {
    await using elsewhere = await EmulatedGitLab.start();
    const { paths } = await ask(
      many(150, () => false),
      labels(150),
      (gitlab) => {
        gitlab.linkOrigin = new URL(elsewhere.url).origin;
      },
    );
    expect(paths).toEqual([openedPage, `${openedPage}&page=2`]);
    expect(elsewhere.requests).toEqual([]);
  });

  test('that a list misses, because it changed between two pages, are unfinished all the same', async () => {
    const { states, paths } = await ask(
      many(120, () => false),
      labels(120),
      (gitlab) => {
        gitlab.onRequest = (path) => {
          // The newest one is merged, so the 101st moves to the first page.
          if (path.endsWith('page=2')) gitlab.responses[`${mergeRequests}/120`] = merged;
        };
      },
    );
    expect(new Set(states)).toEqual(new Set(['unfinished']));
    expect(paths).toContain(`${mergeRequests}/20`);
  });

  test('are listed only as long as that is cheaper', async () => {
    const { states, paths } = await ask(
      many(2000, () => false),
      labels(7),
    );
    expect(new Set(states)).toEqual(new Set(['unfinished']));
    expect(paths).toHaveLength(7 + 7);
  });

  test('that are pipelines are listed by status, never with the finished ones', async () => {
    const statuses = ['running', 'pending', 'created', 'manual', 'preparing', 'success', 'failed'];
    const { states, paths } = await ask(
      Object.fromEntries(
        Array.from({ length: 21 }, (_, n) => [`${pipelines}/${n + 1}`, { status: statuses[n % 7] }]),
      ),
      Array.from({ length: 21 }, (_, n) => label(String(n + 1))),
    );
    const expected = statuses.map((one) => (/success|failed/.test(one) ? 'finished' : 'unfinished'));
    expect(states).toEqual([...expected, ...expected, ...expected]);
    expect(paths.filter((path) => path.includes('?'))).toHaveLength(4);
    expect(paths).toHaveLength(4 + 9);
  });

  test('whose list cannot be read are not looked up', async () => {
    const { states, paths, problems } = await ask(
      { ...many(30, () => true), [mergeRequests]: 403 },
      labels(30),
    );
    expect(new Set(states)).toEqual(new Set(['unknown']));
    expect(paths).toEqual([openedPage]);
    expect(problems).toEqual([expect.stringContaining('the scope read_api')]);
  });
});

test.each(['..', '', '7/jobs', '7?x', 'pipeline-7'])('the pipeline ID %j is never sent', async (id) => {
  const { states, paths, problems } = await ask({}, [label(id)]);
  expect({ states, paths }).toEqual({ states: ['unknown'], paths: [] });
  expect(problems).toEqual([`"${id}" isn't a valid ID in GitLab (pipelines).`]);
});

test.each(['..', 'acme%2Fshop', '7/..', 'a b'])('the project ID %j is never sent', async (id) => {
  const { states, paths, problems } = await ask({}, [label(1, { id })]);
  expect({ states, paths }).toEqual({ states: ['unknown'], paths: [] });
  expect(problems).toEqual([`"${id}" isn't a valid ID in GitLab (projects).`]);
});

describe('a pipeline that GitLab does not find', () => {
  test('was deleted, if the list of pipelines can be read', async () => {
    const { states, problems } = await ask({}, [label('7')]);
    expect({ states, problems }).toEqual({ states: ['finished'], problems: [] });
  });

  test.each([403, 404, 500])('is unknown if the list of pipelines returns %d', async (status) => {
    const { states, problems } = await ask({ [pipelines]: status }, [label('7')]);
    expect(states).toEqual(['unknown']);
    expect(problems).toEqual([
      status === 500
        ? 'GitLab returned HTTP 500. Run this again later.'
        : expect.stringMatching(`can't read pipelines of acme/web/shop \\(HTTP ${status}\\).*read_api`),
    ]);
  });
});

test('a merge request that GitLab does not find is unknown', async () => {
  const { states, problems } = await ask({}, [label(1)]);
  expect(states).toEqual(['unknown']);
  expect(problems).toEqual([
    "CAPTURE_GITLAB_TOKEN can't read merge requests of acme/web/shop (HTTP 404). Check that they exist and that the token has the scope read_api and at least the role Reporter there.",
  ]);
});

describe('a failure', () => {
  test.each<[GitLabResponse, string]>([
    [{ state: 'new' }, "GitLab's response about acme/web/shop can't be parsed."],
    [{}, "GitLab's response about acme/web/shop can't be parsed."],
    [[], "GitLab's response about acme/web/shop can't be parsed."],
    ['garbage', "GitLab's response about acme/web/shop can't be parsed."],
    [500, 'GitLab returned HTTP 500.'],
    [403, "CAPTURE_GITLAB_TOKEN can't read merge requests of acme/web/shop (HTTP 403)."],
  ])('leaves the state unknown and says why: %j', async (response, problem) => {
    const { states, problems } = await ask(
      { [`${mergeRequests}/1`]: response, [`${mergeRequests}/2`]: merged },
      [label(1), label(2)],
    );
    expect(states).toEqual(['unknown', 'finished']);
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  test.each([502, 500])('that can pass is retried once: %d', async (status) => {
    const { states, paths, waits } = await ask({ [`${mergeRequests}/1`]: merged }, [label(1)], (gitlab) => {
      gitlab.replies.push(new GitLabReply(status, {}, {}, 1));
    });
    expect(states).toEqual(['finished']);
    expect(paths).toHaveLength(2);
    expect(waits).toEqual([1000]);
  });

  test('that is no response is retried once', async () => {
    const { problems, waits } = await ask({}, [label(1)], undefined, { apiUrl: 'http://127.0.0.1:2/api/v4' });
    expect(problems).toEqual([
      expect.stringMatching(
        /^GitLab didn't respond\. Check that this runner can reach http:\S+ \(CI_API_V4_URL\)\.$/,
      ),
    ]);
    expect(waits).toEqual([1000]);
  });

  test.each<[string, GitLabReply, RegExp | string]>([
    ['a rejected token', new GitLabReply(401), /^GitLab rejected CAPTURE_GITLAB_TOKEN \(HTTP 401\)\. Check/],
    [
      '429 with Retry-After',
      new GitLabReply(429, { 'retry-after': '60' }),
      ` until ${formatTime(now + 60_000)}.`,
    ],
    [
      '429',
      new GitLabReply(429),
      /^GitLab's rate limit is reached \(HTTP 429\): .*TOKEN\. Run this again later/,
    ],
  ])('that every request would have ends the requests: %s', async (_, reply, problem) => {
    const { states, paths, problems, waits } = await ask(
      { '/projects/77/merge_requests/1': merged },
      [...labels(300), label(1, { id: '77', name: 'acme/api' })],
      (gitlab) => gitlab.replies.push(reply),
    );
    expect(new Set(states)).toEqual(new Set(['unknown']));
    // Those that were under way already.
    expect(paths.length).toBeLessThanOrEqual(2);
    expect(problems).toEqual([
      typeof problem === 'string' ? expect.stringContaining(problem) : expect.stringMatching(problem),
    ]);
    expect(waits).toEqual([]);
  });

  test('in the middle keeps what is known', async () => {
    const { states, problems } = await ask(
      many(60, (n) => n <= 20),
      labels(60),
      (gitlab) => {
        gitlab.onRequest = () => {
          if (gitlab.requests.length === 11) gitlab.replies.push(new GitLabReply(429));
        };
      },
    );
    const count = (wanted: string) => states.filter((state) => state === wanted).length;
    expect([count('unfinished'), count('unknown') >= 10, count('finished') > 0]).toEqual([40, true, true]);
    expect(problems).toHaveLength(1);
  });

  test("of our own is not reported as GitLab's", async () => {
    const clock = {
      ...fakeClock(),
      now: () => {
        throw new TypeError('a bug');
      },
    };
    await expect(ask({ [`${mergeRequests}/1`]: 429 }, [label(1)], undefined, { clock })).rejects.toThrow(
      'a bug',
    );
  });
});

describe('the token goes nowhere else:', () => {
  test('a redirect is not followed', async () => {
    await using elsewhere = await EmulatedGitLab.start({ [`${mergeRequests}/1`]: merged });
    const { states, problems } = await ask({}, [label(1)], (gitlab) => {
      const location = `${elsewhere.url}${mergeRequests}/1`;
      gitlab.replies.push(new GitLabReply(302, { location }));
    });
    expect({ states, problems }).toEqual({
      states: ['unknown'],
      problems: ['GitLab returned HTTP 302. Check that CI_API_V4_URL is the URL of its API.'],
    });
    expect(elsewhere.requests).toEqual([]);
  });

  test.each(['http://gitlab.example.com/api/v4', 'gitlab.example.com', ''])(
    'not to an address that is not https: %j',
    async (apiUrl) => {
      await using proxy = await EmulatedGitLab.start();
      const { states, problems } = await ask({}, [label(1)], undefined, {
        apiUrl,
        proxies: { ...noProxies, httpProxy: new URL(proxy.url).origin },
      });
      expect({ states, problems }).toEqual({
        states: ['unknown'],
        problems: ["CI_API_V4_URL isn't an https URL, so CAPTURE_GITLAB_TOKEN isn't sent there."],
      });
      expect(proxy.requests).toEqual([]);
    },
  );

  test('not into an error, if fetch cannot send it', async () => {
    const { problems, paths } = await ask({}, [label(1)], undefined, { token: 'glpat-\ntoken' });
    expect(problems).toEqual([
      'CAPTURE_GITLAB_TOKEN contains an invalid character. Check that the token is complete.',
    ]);
    expect(paths).toEqual([]);
  });
});

test('without a token, GitLab is not asked', async () => {
  const { states, problems, paths } = await ask({}, [label(1)], undefined, { token: undefined });
  expect({ states, problems, paths }).toEqual({
    states: ['unknown'],
    problems: ['CAPTURE_GITLAB_TOKEN is empty. Set it to a token with the scope read_api.'],
    paths: [],
  });
});

test('a proxy that cannot be used leaves the state unknown', async () => {
  const { states, problems } = await ask({}, [label(1)], undefined, {
    apiUrl: 'https://gitlab.invalid/api/v4',
    proxies: { ...noProxies, httpProxy: 'socks5://proxy.example.com' },
  });
  expect(states).toEqual(['unknown']);
  expect(problems).toEqual([expect.stringContaining('HTTP_PROXY names a SOCKS proxy')]);
});

test.each(['never', 'endless'] as const)('all requests together end in time: %s', async (response) => {
  const responses = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`${mergeRequests}/${n + 1}`, response]),
  );
  const { states, problems } = await ask({ ...responses, [mergeRequests]: [] }, labels(40), undefined, {
    limitMs: 300,
  });
  expect(new Set(states)).toEqual(new Set(['unknown']));
  expect(problems).toEqual([
    "GitLab didn't respond to every request within 0.3s. Run this again, or set a longer timeout.",
  ]);
});
