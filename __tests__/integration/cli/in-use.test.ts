import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Fault } from '../../../emulator/emulator.ts';
import { until } from '../../support/http-server.ts';
import { buildOnce, Place } from './command.ts';

beforeAll(() => {
  buildOnce();
});

/** Runs until the file `end` exists, or its folder doesn't. */
const program = [
  '--',
  'sh',
  '-c',
  'echo ready; until [ -e end ] || [ ! -e "$HOME" ]; do sleep 0.05; done; exit 3',
];

function renewals({ emulator }: Place): number {
  return emulator.requests.filter(({ call }) => call === 'clients/set_description').length;
}

describe('while the program runs, its client', () => {
  test.each<[Fault, RegExp]>([
    [{ kind: 'hang-before-commit', times: 99 }, /warning|again/i],
    // Until the program ends, such a renewal is repeated, and says so.
    [{ kind: 'http-before-commit', status: 503, times: 99 }, /warning/i],
  ])(
    'is deleted at its end: no renewal delays that, or warns of it: %j',
    async (fault, unwanted) => {
      await using place = await Place.open();
      place.emulator.inject({ ...fault, call: 'clients/set_description' });
      const ending = place.run(['exec', '--expires-in', '1s', ...program]);
      await until(() => renewals(place) > 0);
      const end = Date.now();
      writeFileSync(join(place.folder, 'end'), '');
      expect(await ending).toMatchObject({ code: 3, stderr: expect.not.stringMatching(unwanted) });
      expect(Date.now() - end).toBeLessThan(4_000);
      expect(place.clients).toEqual([]);
    },
    60_000,
  );

  test('can vanish: that is a warning, at the next renewal and at the end', async () => {
    await using place = await Place.open();
    // Capture may not know a client for 15 seconds.
    const later = "const { now } = Date; Date.now = () => now() + (fs.existsSync('later') ? 20_000 : 0);";
    writeFileSync(join(place.folder, 'clock.cjs'), `const fs = require('node:fs'); ${later}`);
    let id = '';
    const ending = place.run(['exec', '--expires-in', '1s', ...program], {
      nodeOptions: ['--require', './clock.cjs'],
      onOutput() {
        id = place.clients[0]?.client_id ?? '';
        place.emulator.removeClient(id);
        writeFileSync(join(place.folder, 'later'), '');
      },
    });
    await until(() => id !== '' && renewals(place) > 0);
    writeFileSync(join(place.folder, 'end'), '');
    const { code, stderr } = await ending;
    expect(code).toBe(3);
    expect(stderr.match(/warning: .*/g)).toEqual([
      `warning: Client ${id} was deleted, but the program still uses it.`,
      `warning: Client ${id} was deleted while it was in use.`,
    ]);
  });
});
