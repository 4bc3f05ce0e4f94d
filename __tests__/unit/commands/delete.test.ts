import { expect, test } from '@jest/globals';
import type { Fault } from '../../../emulator/emulator.ts';
import { deleteCommand } from '../../../src/commands/delete.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { pullRequestLabel, runLabel } from '../../support/basics.ts';
import { runCommand } from '../../support/fake-host.ts';
import { unknownId } from '../../support/fake-transport.ts';

const { origin } = runLabel;
const ofRun = { lifetime: 'run' };
const ofPullRequest = { lifetime: 'pull_request', pull_request: '42' };
const byId = (client_id: string) => ({ client_id });

test.each<[string, Record<string, string>, Partial<Label> | string, boolean]>([
  ['this run', ofRun, {}, true],
  ['another name', ofRun, { name: 'other' }, true],
  ['another name, by name', { ...ofRun, name: 'preview' }, { name: 'other' }, false],
  ['this name, by name', { ...ofRun, name: 'preview' }, {}, true],
  ['a job of this run', ofRun, { purpose: { lifetime: 'job', runId: '5678' } }, false],
  ['another run', ofRun, { purpose: { lifetime: 'run', runId: '567' } }, false],
  ['a pull request', ofRun, { purpose: pullRequestLabel.purpose }, false],
  ['this pull request', ofPullRequest, { purpose: pullRequestLabel.purpose }, true],
  ['another repository', ofRun, { origin: { ...origin, id: '123' } }, false],
  ['another server', ofRun, { origin: { ...origin, host: 'ghe.example.com' } }, false],
  ['this repository under an old name', ofRun, { origin: { ...origin, name: 'acme/old' } }, true],
  ['nobody who left a label', ofRun, 'made by hand', false],
  ['this repository, by ID', byId('c1'), { purpose: { lifetime: 'job', runId: '1' } }, true],
  ['this repository, by another ID', byId('c'), {}, false],
])('a client of %s is deleted, or not', async (_, given, changes, isDeleted) => {
  const client = typeof changes === 'string' ? changes : { ...runLabel, ...changes };
  const { values, said, left } = await runCommand(deleteCommand, { given, clients: { c1: client } });
  expect(said).toEqual([expect.stringMatching(isDeleted ? /^info: Deleted client c1\.$/ : /: Nothing to/)]);
  expect(values).toEqual({ deleted: isDeleted ? 1 : 0, client_ids: isDeleted ? ['c1'] : [] });
  expect('c1' in left).toBe(!isDeleted);
});

test('a client that Capture lists but does not know yet is deleted a little later', async () => {
  const { values, left, calls } = await runCommand(deleteCommand, {
    given: byId('c1'),
    clients: { c1: runLabel },
    faults: [{ kind: 'response', call: 'clients/delete', body: JSON.stringify(unknownId) }],
  });
  expect(values).toEqual({ deleted: 1, client_ids: ['c1'] });
  expect({ left, calls }).toEqual({ left: {}, calls: ['list', 'delete', 'delete'] });
});

test.each<[string, string | Label, string]>([
  [
    'has no label',
    'made by hand',
    "Client c1 has no label (anymore), so it's unknown who created it. Nothing was deleted.",
  ],
  [
    'belongs to another repository',
    { ...runLabel, origin: { ...origin, id: '99', name: 'acme/web' } },
    'Client c1 belongs to github.com/acme/web (ID 99), not to github.com/acme/shop (ID 1234). Nothing was deleted.',
  ],
])(
  'the deletion by ID of a client that %s is rejected, and the error says why',
  async (_, client, problem) => {
    const { thrown, calls } = await runCommand(deleteCommand, { given: byId('c1'), clients: { c1: client } });
    expect(thrown).toMatchObject({
      title: 'not deleted',
      problem,
      hint: 'Check the client ID. To delete such a client, use the Console, or run this where it was created.',
    });
    expect(calls).toEqual(['list']);
  },
);

test('an error before any deletion says that nothing was deleted', async () => {
  const faults = [{ kind: 'api-before-commit', call: 'clients/list', code: 403 }] as const;
  const { thrown } = await runCommand(deleteCommand, { given: ofRun, clients: { a: runLabel }, faults });
  expect(thrown).toMatchObject({
    title: 'clients/list failed',
    problem: expect.stringMatching(/ Nothing was deleted\.$/),
  });
});

test.each([
  [byId('abc'), 'has the ID abc'],
  [ofRun, 'belongs to acme/shop run 5678'],
  [ofPullRequest, 'belongs to acme/shop pull request 42'],
  [{ ...ofRun, name: 'api' }, 'belongs to acme/shop run 5678 with the name api'],
])('that there was nothing to delete is reported: %j', async (given, condition) => {
  const alone = await runCommand(deleteCommand, { given });
  const many = await runCommand(deleteCommand, { given, clients: { a: 'made by hand', b: 'also' } });
  expect([...alone.said, ...many.said]).toEqual([
    `info: Nothing to delete: no client at HOST ${condition}.`,
    `info: Nothing to delete: none of the 3 clients at HOST ${condition}.`,
  ]);
});

test('a client that could not be deleted makes the command fail, after what was deleted', async () => {
  const fault: Fault = { kind: 'api-before-commit', call: 'clients/delete', code: 403, after: 1, times: 2 };
  const clients = { a: runLabel, b: runLabel, c: runLabel };
  const { values, said } = await runCommand(deleteCommand, { given: ofRun, clients, faults: [fault] });
  expect(values).toEqual({ deleted: 1, client_ids: ['a'] });
  expect(said[0]).toBe('info: Deleted client a.');
  expect(said[1]?.split('\n')).toEqual([
    expect.stringMatching(
      /^fail \(clients not deleted\): Could not delete client b, which may still work\. /,
    ),
    expect.stringMatching(/^Could not delete client c, /),
    'Could not delete 2 of 3 clients. Fix the cause, then try again.',
  ]);
});
