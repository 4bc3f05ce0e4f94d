import { expect, test } from '@jest/globals';
import { askSystem, labelIn, type Responses, systems } from '../../support/ci-systems.ts';

const [, gitLab] = systems;
const { pulls: mergeRequests, runs: pipelines, closed: merged, open: opened } = gitLab;
const label = labelIn(gitLab);
const ask = (responses: Responses, labels: Parameters<typeof askSystem>[2], options = {}) =>
  askSystem(gitLab, responses, labels, options);

test.each([
  ['opened', 'unfinished'],
  ['locked', 'unfinished'],
  ['closed', 'finished'],
  ['merged', 'finished'],
])('a merge request that is %s is %s', async (state, expected) => {
  const { states, requests, problems } = await ask({ [`${mergeRequests}/1`]: { state } }, [label(1)]);
  expect({ states, problems }).toEqual({ states: [expected], problems: [] });
  expect(requests).toMatchObject([{ path: `${mergeRequests}/1`, token: 'token' }]);
});

test.each([
  ['success', 'finished'],
  ['failed', 'finished'],
  ['canceled', 'finished'],
  ['skipped', 'finished'],
  ['created', 'unfinished'],
  ['running', 'unfinished'],
  ['manual', 'unfinished'],
  ['scheduled', 'unfinished'],
  ['a status of a later version', 'unfinished'],
])('a pipeline that is %s is %s', async (status, expected) => {
  const { states, problems } = await ask({ [`${pipelines}/7`]: { status } }, [label('7')]);
  expect({ states, problems }).toEqual({ states: [expected], problems: [] });
});

test('another project is asked by its ID, whatever its name is now', async () => {
  const { states } = await ask({ [`${mergeRequests}/7`]: merged, '/projects/77/merge_requests/7': opened }, [
    label(7),
    label(7, { id: '77', name: 'acme/old' }),
  ]);
  expect(states).toEqual(['finished', 'unfinished']);
});

test.each(['..', '../7', 'acme%2Fshop', '7/..', 'a b'])(
  'a project has an ID that leads nowhere else: %s',
  async (id) => {
    const { states, paths, problems } = await ask({}, [label(1, { id })]);
    expect({ states, paths }).toEqual({ states: ['unknown'], paths: [] });
    expect(problems).toEqual([
      `"${id}" can't be the ID of a project. Check who wrote the label in the description of that client.`,
    ]);
  },
);
