import { stripVTControlCharacters } from 'node:util';
import { expect, test } from '@jest/globals';
import { list } from '../../../src/commands/list.ts';
import { formatDescription } from '../../../src/lifecycle/label.ts';
import { pullRequestLabel, runLabel, showWithout } from '../../support/basics.ts';
import { runCommand } from '../../support/fake-host.ts';
import { pushContext } from '../../support/fixtures.ts';

test('list shows what is left, what expires first comes first, and no secret', async () => {
  const later = { ...runLabel, expiresAt: runLabel.expiresAt + 1000 };
  const {
    values,
    terminal = '',
    said,
  } = await runCommand(list, {
    clients: {
      second: formatDescription({ text: 'two\n::error::lines', label: later }),
      first: pullRequestLabel,
      other: { ...runLabel, origin: { ...runLabel.origin, id: '99' } },
    },
  });
  expect(values.clients).toMatchObject([
    {
      client_id: 'first',
      description: 'first',
      features: [],
      origin: 'github.com/acme/shop',
      purpose: 'pull request 42',
      name: 'preview',
      expires_at: '2030-01-03T03:04:05Z',
    },
    { client_id: 'second', purpose: 'run 5678' },
  ]);
  expect(stripVTControlCharacters(terminal).split('\n')).toEqual([
    'CLIENT ID  ORIGIN                PURPOSE          NAME     EXPIRES               DESCRIPTION',
    'first      github.com/acme/shop  pull request 42  preview  2030-01-03T03:04:05Z  first',
    'second     github.com/acme/shop  run 5678         preview  2030-01-03T03:04:06Z  two : :error: :lines',
    '',
  ]);
  expect(JSON.stringify(values) + terminal).not.toContain('secret');
  expect(said).toEqual(['info: acme/shop: 2 of the 4 clients at HOST.']);
});

test('list with an origin that has no ID goes by its name', async () => {
  const of = (origin: object) => ({ ...runLabel, origin: { ...runLabel.origin, ...origin } });
  const clients = { one: runLabel, other: of({ name: 'acme/web' }), far: of({ host: 'ghe.example.com' }) };
  const run = { ...pushContext, origin: { host: 'github.com', id: 'acme/shop', name: 'acme/shop' } };
  const { values } = await runCommand(list, { clients, run });
  expect(values.clients).toMatchObject([{ client_id: 'one' }]);
  const others = await runCommand(list, { clients, run, given: { repositories: 'acme/web' } });
  expect(others.values.clients).toMatchObject([{ client_id: 'other' }]);
});

test('list shows no secret and no workflow command that a description repeats, in JSON either', async () => {
  const text = 'hush \u202e##[error]x';
  const { values, terminal } = await runCommand(list, {
    clients: { own: formatDescription({ text, label: runLabel }) },
    show: showWithout('hush'),
  });
  expect(values.clients).toMatchObject([{ description: '*** ## [error]x' }]);
  expect(terminal).toContain('*** ## [error]x');
});

test('list of nothing has no table', async () => {
  const { terminal, values, said } = await runCommand(list, { given: { repositories: 'acme/web, acme/x' } });
  expect({ terminal, values }).toEqual({ terminal: '', values: { clients: [] } });
  expect(said).toEqual(['info: acme/web, acme/x: 0 of the 1 clients at HOST.']);
});
