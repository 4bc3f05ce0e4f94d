import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deleteClients } from '../../../src/lifecycle/delete.ts';
import {
  formatDescription,
  type Label,
  type Origin,
  type Purpose,
  parseDescription,
} from '../../../src/lifecycle/label.ts';
import { type SubjectStates, sweep } from '../../../src/lifecycle/sweep.ts';
import { Tenant } from '../../support/fake-capture.ts';
import { now, runLabel } from '../../support/fixtures.ts';

/** So few parts that many origins share all but one: GitHub's, GitLab's, and those whose ID is their name. */
const names = ['acme/shop', 'acme/web/shop', 'acme/project/_git/shop', 'dev/local'];
const origin: fc.Arbitrary<Origin> = fc.record({
  host: fc.constantFrom('github.com', 'gitlab.com', 'gitlab.com:8443', 'git.example.com', 'laptop'),
  id: fc.constantFrom('1', '11', ...names),
  name: fc.constantFrom(...names),
});

const purpose: fc.Arbitrary<Purpose> = fc.oneof(
  fc.record({
    lifetime: fc.constantFrom('run', 'job'),
    runId: fc.constantFrom('7', 'jenkins-shop-7', 'b81ed283-7'),
  }),
  fc.record({ lifetime: fc.constant('pull_request'), pullRequest: fc.constantFrom(7, 77) }),
);

const label: fc.Arbitrary<Label> = fc
  .record({
    origin,
    purpose,
    name: fc.constantFrom('preview', 'gitlab-ci'),
    expiresAt: fc.constantFrom(runLabel.expiresAt, Date.UTC(2020, 0)),
  })
  .map((parts) => ({ ...runLabel, ...parts }));

const labels = fc.array(label, { minLength: 1, maxLength: 20 });

/** On purpose not the code under test. */
function isFrom({ host, id }: Origin, { origin }: Label): boolean {
  return `${host} ${id}` === `${origin.host} ${origin.id}`;
}

/** A tenant that has clients with these labels. Returns which labels are left after `act`. */
async function leftAfter(given: readonly Label[], act: (tenant: Tenant) => Promise<unknown>) {
  const tenant = new Tenant();
  for (const [index, one] of given.entries()) tenant.add(`c${index}`, one);
  await act(tenant);
  return given.filter((_, index) => tenant.clients.has(`c${index}`));
}

const allFinished: SubjectStates = { stateOf: () => 'finished', problems: [] };

function sweepFrom(tenant: Tenant, thisOrigin: Origin, repositories?: readonly string[]) {
  return sweep({ thisOrigin, repositories }, false, {
    ...tenant.dependencies,
    random: () => 0.5,
    deadline: now + 60_000,
    ask: async () => allFinished,
  });
}

describe('clients of different systems in one tenant', () => {
  test('have labels that lead back to their origin', () => {
    fc.assert(
      fc.property(label, (given) => {
        const text = formatDescription({ text: 'words', label: given });
        expect(parseDescription(text)).toEqual({ text: 'words', label: given });
      }),
    );
  });

  test('are deleted only by their own origin', async () => {
    await fc.assert(
      fc.asyncProperty(labels, origin, purpose, async (given, thisOrigin, target) => {
        const left = await leftAfter(given, ({ dependencies }) =>
          deleteClients({ purpose: target, name: undefined }, thisOrigin, dependencies),
        );
        const others = given.filter(
          (one) => !isFrom(thisOrigin, one) || JSON.stringify(one.purpose) !== JSON.stringify(target),
        );
        expect(left).toEqual(others);
      }),
    );
  });

  test('are swept only from their own origin, even if all are finished', async () => {
    await fc.assert(
      fc.asyncProperty(labels, origin, async (given, thisOrigin) => {
        const left = await leftAfter(given, (tenant) => sweepFrom(tenant, thisOrigin));
        expect(left).toEqual(given.filter((one) => !isFrom(thisOrigin, one)));
      }),
    );
  });

  test('are swept from no other host, whatever repositories are named', async () => {
    const repositories = fc.subarray([...names, 'acme/*', 'acme/web/*', 'dev/*'], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(labels, origin, repositories, async (given, thisOrigin, named) => {
        const left = await leftAfter(given, (tenant) => sweepFrom(tenant, thisOrigin, named));
        const foreign = given.filter((one) => one.origin.host !== thisOrigin.host);
        expect(left).toEqual(expect.arrayContaining(foreign));
      }),
    );
  });
});

test.each([
  ['acme/web/shop', ['acme/web/shop']],
  ['acme/web/*', ['acme/web/shop', 'acme/web/tools']],
  ['Acme/Web/Shop', ['acme/web/shop']],
  ['acme/*', ['acme/shop']],
  ['acme/web', []],
  ['web/shop', []],
  ['web/*', []],
])('%s names projects in subgroups', async (repository, expected) => {
  const own: Origin = { host: 'gitlab.com', id: '9', name: 'other/project' };
  const given = ['acme/shop', 'acme/web/shop', 'acme/web/tools'].map((name, index) => {
    return { ...runLabel, origin: { host: 'gitlab.com', id: String(index), name } };
  });
  const left = await leftAfter(given, (tenant) => sweepFrom(tenant, own, [repository]));
  const swept = given.filter((one) => !left.includes(one));
  expect(swept.map((one) => one.origin.name)).toEqual(expected);
});
