import { describe, expect, test } from '@jest/globals';
import { readNetworkSettings } from '../../../src/capture/network-settings.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { version } from '../../../src/version.ts';
import {
  accessTo,
  askSystem,
  inspect,
  labelIn,
  type Responses,
  type StandIn,
  type System,
  systems,
} from '../../support/ci-systems.ts';
import { httpResponse, withServer } from '../../support/http-server.ts';
import { certify, TlsFront } from '../../support/network.ts';

describe.each<System>(systems)('$name', (system) => {
  const { name, pulls, runs, open, closed, active, completed, token, urlVariable } = system;
  const label = labelIn(system);
  const pullRequests = (count: number): Label[] => Array.from({ length: count }, (_, n) => label(n + 1));
  const many = (count: number, isClosed: (n: number) => boolean): Responses =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`${pulls}/${n + 1}`, isClosed(n + 1) ? closed : open]),
    );
  const ask = (
    responses: Responses,
    labels: readonly Label[],
    options: Parameters<typeof askSystem>[3] = {},
  ) => askSystem(system, responses, labels, options);
  const unreadable = (status: number) =>
    `${token} can't read ${system.pullWords} of ${system.origin.name} (HTTP ${status}). Check that the repository exists and that the token has `;

  describe('few subjects', () => {
    test('are looked up, each once: a pull request and a run with the same number are two', async () => {
      const { states, paths } = await ask(
        { [`${pulls}/5`]: closed, [`${pulls}/6`]: open, [`${runs}/5`]: active, [`${runs}/6`]: completed },
        [label(5), label('5'), label(6), label('6'), label(5)],
        { limitMs: 20_000 / 3 },
      );
      expect(states).toEqual(['finished', 'unfinished', 'unfinished', 'finished', 'finished']);
      expect(paths).toHaveLength(4);
    });

    test.each(['..', '', '7/jobs', '7?x', 'run-7'])('have IDs that lead nowhere else: %j', async (id) => {
      const { states, paths, problems } = await ask({}, [label(id)]);
      expect({ states, paths }).toEqual({ states: ['unknown'], paths: [] });
      expect(problems).toEqual([
        `"${id}" can't be the ID of one of the ${system.runWords}. Check who wrote the label in the description of that client.`,
      ]);
    });
  });

  test('many subjects keep their states if a limit is reached in the middle', async () => {
    const { states, problems, isTokenUsable } = await ask(
      many(60, (n) => n % 2 === 0),
      pullRequests(60),
      {
        prepare(standIn) {
          standIn.onRequest = () => {
            if (standIn.requests.length === 31) standIn.replies.push(system.reply(429));
          };
        },
      },
    );
    expect(new Set(states)).toEqual(new Set(['finished', 'unfinished', 'unknown']));
    expect(problems).toHaveLength(1);
    expect(isTokenUsable).toBe(true);
  });

  test('nothing more is asked about a repository that cannot be read', async () => {
    const responses = Object.fromEntries(pullRequests(30).map((_, n) => [`${pulls}/${n + 1}`, 403]));
    const { states, paths, problems } = await ask(responses, pullRequests(30));
    expect(new Set(states)).toEqual(new Set(['unknown']));
    expect(paths.length).toBeLessThanOrEqual(10);
    expect(problems).toEqual([expect.stringContaining(unreadable(403))]);
  });

  describe('a subject that is not found', () => {
    test('was deleted if it is a run, and the list of runs can be read', async () => {
      const { states, problems } = await ask({}, [label('7')]);
      expect({ states, problems }).toEqual({ states: ['finished'], problems: [] });
    });

    test('is unknown if it is a pull request, which nobody can delete', async () => {
      const { states, problems, isTokenUsable } = await ask({}, [label(1)]);
      expect({ states, isTokenUsable }).toEqual({ states: ['unknown'], isTokenUsable: true });
      expect(problems).toEqual([
        `None of the ${system.pullWords} has the number 1. Check who wrote the label in the description of that client.`,
      ]);
    });

    test.each([403, 404, 500])('is unknown if the list returns %d', async (status) => {
      const { states, problems, isTokenUsable } = await ask({ [runs]: status }, [label('7')]);
      expect({ states, isTokenUsable }).toEqual({ states: ['unknown'], isTokenUsable: status === 500 });
      expect(problems).toEqual([
        expect.stringContaining(
          status === 500
            ? 'returned HTTP 500'
            : `${system.runWords} of ${system.origin.name} (HTTP ${status})`,
        ),
      ]);
    });
  });

  describe('a failure', () => {
    const unparsable = `${name}'s response about ${system.origin.name} can't be parsed. Check that ${urlVariable} is the URL of its API.`;

    test.each<[Responses[string], string]>([
      [{ state: 1 }, unparsable],
      [{}, unparsable],
      [[], unparsable],
      ['garbage', unparsable],
      [system.reply(500, { 'retry-after': '60' }), `${name} returned HTTP 500. Run this again later.`],
      [418, `${name} returned HTTP 418. Check that ${urlVariable} is the URL of its API.`],
      [300, `${name} returned HTTP 300. Check that ${urlVariable} is the URL of its API.`],
      [403, unreadable(403)],
    ])('leaves the state unknown and says why: %j', async (response, problem) => {
      const responses = { [`${pulls}/1`]: response, [`${pulls}/2`]: closed };
      const { states, problems, isTokenUsable } = await ask(responses, [label(1), label(2)]);
      expect(states).toEqual(['unknown', 'finished']);
      expect(problems).toEqual([expect.stringContaining(problem)]);
      expect(isTokenUsable).toBe(response !== 403);
    });

    const rateLimit = `${name}'s rate limit is reached (HTTP 429): it rejects all requests with ${token}`;
    test.each<[number, Record<string, string>, string, boolean]>([
      [401, {}, `${name} rejected ${token} (HTTP 401). Check that the token is complete`, false],
      [429, {}, `${rateLimit}. Run this again later.`, true],
      [403, { 'retry-after': '60' }, `${rateLimit.replace('429', '403')}. Run`, true],
      [403, { 'x-ratelimit-remaining': '0' }, `${rateLimit.replace('429', '403')}. Run`, true],
    ])(
      'that every request would have ends the requests: %d %j',
      async (status, headers, problem, isUsable) => {
        const { states, paths, problems, isTokenUsable } = await ask(
          { ...system.otherFound, [`${system.otherPulls}/1`]: closed },
          [...pullRequests(300), label(1, system.other)],
          { prepare: ({ replies }) => replies.push(system.reply(status, headers)) },
        );
        expect(new Set(states)).toEqual(new Set(['unknown']));
        // Those that were in progress already.
        expect(paths.length).toBeLessThanOrEqual(11);
        expect(problems).toEqual([expect.stringContaining(problem)]);
        expect(isTokenUsable).toBe(isUsable);
      },
    );

    test.each([
      ['one of two repositories', { [pulls]: 403, [`${pulls}/1`]: 403 }, true],
      [
        'every repository',
        { [pulls]: 403, [`${pulls}/1`]: 403, [system.otherPulls]: 404, [`${system.otherPulls}/1`]: 404 },
        false,
      ],
    ])('of the permission for %s: the token is usable: %s', async (_, denied, expected) => {
      const responses = { ...system.otherFound, [`${system.otherPulls}/1`]: closed, ...denied };
      const { isTokenUsable, problems } = await ask(responses, [label(1), label(1, system.other)]);
      expect(isTokenUsable).toBe(expected);
      expect(problems).toHaveLength(expected ? 1 : 2);
    });

    test('of the network is reported', () =>
      withServer(
        (socket) => socket.destroy(),
        async ({ port, connections }) => {
          const apiUrl = `http://127.0.0.1:${port}`;
          const { problems } = await ask({}, [label(1)], { apiUrl });
          expect(problems).toEqual([
            `${name} didn't respond. Check that this runner can reach ${apiUrl} (${urlVariable}).`,
          ]);
          expect(connections).toHaveLength(1);
        },
      ));

    test('of TLS has advice', async () => {
      await using standIn: StandIn = await system.start({});
      await using front = await TlsFront.start(await certify(), standIn.url);
      const { problems } = await ask({}, [label(1)], {
        apiUrl: `https://localhost:${front.port}`,
      });
      expect(problems).toEqual([
        expect.stringContaining(`The certificate of localhost:${front.port} is from a CA`),
      ]);
      expect(standIn.requests).toEqual([]);
    });
  });

  describe('the token', () => {
    test('goes to no other host: a redirect there is not followed', async () => {
      await using elsewhere: StandIn = await system.start({ [`${pulls}/1`]: closed });
      const location = `${elsewhere.url}${pulls}/1`;
      const { states, problems } = await ask({}, [label(1)], {
        prepare: ({ replies }) => replies.push(system.reply(302, { location })),
      });
      expect({ states, problems }).toEqual({
        states: ['unknown'],
        problems: [`${name} returned HTTP 302. Check that ${urlVariable} is the URL of its API.`],
      });
      expect(elsewhere.requests).toEqual([]);
    });

    test('follows a redirect on the same host', async () => {
      const { states } = await ask({ [`${pulls}/2`]: closed }, [label(1)], {
        prepare(standIn) {
          const location = `${standIn.url}${pulls}/2`;
          standIn.replies.push(system.reply(301, { location }, {}, 1));
        },
      });
      expect(states).toEqual(['finished']);
    });

    test('follows only one redirect', async () => {
      const { problems, paths } = await ask({}, [label(1)], {
        prepare(standIn) {
          standIn.replies.push(system.reply(301, { location: `${standIn.url}${pulls}/1` }));
        },
      });
      expect(problems).toEqual([expect.stringContaining('HTTP 301')]);
      expect(paths).toHaveLength(2);
    });

    test.each(['http://api.example.com/v4', 'api.example.com', ''])(
      'does not go to an address that is not https: %j',
      async (apiUrl) => {
        await using proxy: StandIn = await system.start({});
        const network = readNetworkSettings({ HTTP_PROXY: new URL(proxy.url).origin });
        const { states, problems } = await ask({}, [label(1)], { apiUrl, network });
        expect({ states, problems }).toEqual({
          states: ['unknown'],
          problems: [`${urlVariable} isn't an https URL, so ${token} isn't sent there.`],
        });
        expect(proxy.requests).toEqual([]);
      },
    );

    test.each(['hush\nhush', 'hüsh', ' hush'])(
      'with an invalid character is a problem that does not quote it: %j',
      async (bad) => {
        const { problems, paths, isTokenUsable } = await ask({}, [label(1)], { token: bad });
        expect(problems).toEqual([
          `${token} contains an invalid character. Check that the token is complete.`,
        ]);
        expect({ paths, isTokenUsable }).toEqual({ paths: [], isTokenUsable: false });
        await using standIn: StandIn = await system.start({});
        expect(await inspect(system, { ...accessTo(standIn.url), token: bad })).toEqual({
          isSufficient: false,
          detail: problems[0],
        });
      },
    );

    test.each([undefined, ''])('has to be there: %j', async (missing) => {
      const { problems, paths, isTokenUsable } = await ask({}, [label(1)], { token: missing });
      expect(problems).toEqual([
        expect.stringMatching(`^${token} is empty. (?:Remove the input|Set it to a token)`),
      ]);
      expect({ paths, isTokenUsable }).toEqual({ paths: [], isTokenUsable: name === 'GitLab' });
    });
  });

  test('is asked through the proxy of the environment, which a problem names', async () => {
    await withServer(
      (socket) => socket.end('HTTP/1.1 407 No\r\n\r\n'),
      async ({ port, received }) => {
        const network = readNetworkSettings({ HTTPS_PROXY: `http://127.0.0.1:${port}` });
        const { problems } = await ask({}, [label(1)], { apiUrl: 'https://api.invalid', network });
        expect(received()).toContain('CONNECT api.invalid:443 HTTP/1.1\r\n');
        expect(problems).toEqual([
          `${name} can't be reached through the proxy 127.0.0.1:${port}: HTTP 407. Check that the proxy is up and can reach https://api.invalid (${urlVariable}).`,
        ]);
      },
    );
    const network = readNetworkSettings({ HTTP_PROXY: 'socks5://proxy.example.com' });
    const { states, problems } = await ask({}, [label(1)], { apiUrl: 'https://api.invalid', network });
    expect(states).toEqual(['unknown']);
    expect(problems).toEqual([expect.stringContaining('HTTP_PROXY names a SOCKS proxy')]);
  });

  test('is asked with a time limit for all requests', async () => {
    const never = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`${pulls}/${n + 1}`, 'never' as const]),
    );
    const { states, problems } = await ask({ ...never, [pulls]: [] }, pullRequests(40), {
      limitMs: 1000 / 3,
    });
    expect(new Set(states)).toEqual(new Set(['unknown']));
    expect(problems).toEqual([
      `${name} didn't respond to every request within 0.3s. Run this again, or set a longer \`timeout\`.`,
    ]);
  });

  describe('the inspection of a token', () => {
    const noRuns = expect.stringMatching(
      `^${token} can't read ${system.runWords} of .* \\(HTTP 404\\).* there\\.(?: The .*)?$`,
    );
    const noPulls = expect.stringMatching(`^${token} can't read ${system.pullWords} of .* \\(HTTP 403\\)`);

    test.each<[Responses, unknown]>([
      [{}, `It can read ${system.pullWords} and ${system.runWords}.`],
      [{ [pulls]: 403 }, noPulls],
      [{ [runs]: 404 }, noRuns],
      [{ [pulls]: 403, [runs]: 404 }, expect.stringMatching(`403.* ${token} can't read ${system.runWords}`)],
      [{ [pulls]: 500, [runs]: 500 }, `${name} returned HTTP 500. Run this again later.`],
    ])('reads one of each and says what is missing: %j', async (responses, detail) => {
      await using standIn: StandIn = await system.start(responses);
      const isSufficient = Object.keys(responses).length === 0;
      expect(await inspect(system, accessTo(standIn.url))).toEqual({ isSufficient, detail });
      const paths = [`${pulls}?per_page=1`, `${runs}?per_page=1`];
      expect([...new Set(standIn.paths)]).toEqual(paths.sort());
    });

    test('names this project and its version in its requests', () =>
      withServer(
        (socket) => socket.end(httpResponse('{}', 'HTTP/1.1 401 Unauthorized')),
        async ({ port, received }) => {
          await inspect(system, accessTo(`http://127.0.0.1:${port}`));
          expect(received().toLowerCase()).toMatch(`user-agent: capture-client-action/${version}`);
        },
      ));
  });
});
