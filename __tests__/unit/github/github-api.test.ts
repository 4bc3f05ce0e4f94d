import { describe, expect, jest, test } from '@jest/globals';
import { accessTo, askSystem, inspect, labelIn, type Responses, systems } from '../../support/ci-systems.ts';
import { EmulatedGitHub, GitHubReply } from '../../support/github-api.ts';

const [gitHub] = systems;
const { pulls, runs, closed, open } = gitHub;
const label = labelIn(gitHub);
const ask = (responses: Responses, labels: Parameters<typeof askSystem>[2], options = {}) =>
  askSystem(gitHub, responses, labels, options);

describe('a repository', () => {
  test('of this run is asked by its current name, with the token', async () => {
    const { states, requests } = await ask({ [`${pulls}/1`]: closed }, [label(1, { name: 'acme/old' })]);
    expect(states).toEqual(['finished']);
    expect(requests).toMatchObject([{ path: `${pulls}/1`, authorization: 'token token' }]);
  });

  test('of another one is read once, and asked by its current name', async () => {
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

  test('whose name another one has now says nothing', async () => {
    const { states, problems, isTokenUsable } = await ask(
      { '/repos/acme/web': { id: 78, full_name: 'acme/web' }, '/repos/acme/web/pulls/1': closed },
      [label(1, { id: '77', name: 'acme/web' }), label(1, { id: '78', name: 'acme/web' })],
    );
    expect({ states, isTokenUsable }).toEqual({ states: ['unknown', 'finished'], isTokenUsable: true });
    expect(problems).toEqual([
      'acme/web is the name of another repository now: the one with the ID 77 was renamed or deleted. If it was renamed, run the sweep there.',
    ]);
  });

  test.each(['acme/..', '../user', 'acme/web?x=', 'a b/c', 'a/b/c', 'acme'])(
    'has a name that leads nowhere else in the API: %s',
    async (name) => {
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
    },
  );

  test('can have a name that starts with a dot and has every character that GitHub allows', async () => {
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

test.each([
  ['queued', 'unfinished'],
  ['in_progress', 'unfinished'],
  ['a status of a later version', 'unfinished'],
  ['completed', 'finished'],
])('a run that is %s is %s', async (status, expected) => {
  expect((await ask({ [`${runs}/1`]: { status } }, [label('1')])).states).toEqual([expected]);
});

describe('a 403', () => {
  test.each<[string, GitHubReply]>([
    ['with the primary limit', new GitHubReply(403, { 'x-ratelimit-remaining': '0' })],
    ['with a text', new GitHubReply(403, {}, { message: 'You have exceeded a secondary rate limit.' })],
  ])('%s is a rate limit', async (_, reply) => {
    const { problems, isTokenUsable, paths } = await ask({}, [label(1), label(2)], {
      prepare: ({ replies }: EmulatedGitHub) => replies.push(reply),
    });
    expect(problems).toEqual([
      expect.stringContaining(
        `GitHub's rate limit is reached (HTTP 403): it rejects all requests with \`github_token\`. Run this again later.`,
      ),
    ]);
    expect(isTokenUsable).toBe(true);
    expect(paths.length).toBeLessThanOrEqual(2);
  });

  test('is about a permission, although the limit is in the headers', async () => {
    const headers = { 'x-ratelimit-remaining': '5' };
    const { problems } = await ask({ [`${pulls}/1`]: new GitHubReply(403, headers) }, [label(1)]);
    expect(problems).toEqual([
      expect.stringMatching(
        /^`github_token` can't read pull requests of acme\/shop .* the permission pull-requests: read there\./,
      ),
    ]);
  });
});

test('nothing is printed, even if GitHub says that a route is deprecated', async () => {
  const headers = { deprecation: 'true', link: '<https://x.example>; rel="deprecation"' };
  await using github = await EmulatedGitHub.start({ [pulls]: new GitHubReply(200, headers, []) });
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  try {
    expect((await inspect(gitHub, accessTo(github.url))).isSufficient).toBe(true);
    expect(warn).not.toHaveBeenCalled();
  } finally {
    warn.mockRestore();
  }
});
