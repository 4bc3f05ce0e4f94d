import type { ChildProcess } from 'node:child_process';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { buildOnce, Place } from './command.ts';

beforeAll(() => {
  buildOnce();
});

describe('check', () => {
  test('shows only the lines in a terminal, and JSON if asked', async () => {
    await using place = await Place.open();
    const check = ['check', '--mode', 'credentials'];
    const { code, stdout } = await place.runInTerminal(check);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\r\n')).not.toContainEqual(expect.not.stringMatching(/^capture-client: /));
    expect((await place.runInTerminal([...check, '--format', 'json'])).stdout).toContain(
      '"verdict": "ready"',
    );
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
        const { code, stdout } = await place.run(['check'], {
          onStart(started) {
            child = started;
          },
        });
        expect({ count, code }).toEqual({ count, code: exitCode });
        expect(JSON.parse(stdout)).toMatchObject({ verdict: 'canceled' });
        expect(place.emulator.clients()).toEqual(before);
      }
    },
  );
});
