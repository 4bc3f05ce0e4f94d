import { expect, test } from '@jest/globals';
import type { Label } from '../../../src/lifecycle/label.ts';
import { askForStates, type CiSystem } from '../../../src/lifecycle/subject-states.ts';
import { runLabel } from '../../support/fixtures.ts';

const ofRun = (runId: string): Label => ({ ...runLabel, purpose: { lifetime: 'run', runId } });

test('only what was asked for has a state', async () => {
  const system: CiSystem = {
    open: async () => ({
      async *listUnfinished() {
        yield ['1', '99'];
      },
      isFinished: async (id) => id !== '2',
    }),
    describe: (error) => String(error),
  };
  const asked = ['1', '2', '3', '4', '5', '6'].map(ofRun);
  const { stateOf, problems } = await askForStates(asked, system);
  expect(asked.map(stateOf)).toEqual([
    'unfinished',
    'unfinished',
    'finished',
    'finished',
    'finished',
    'finished',
  ]);
  expect(stateOf(ofRun('99'))).toBe('unknown');
  expect(stateOf({ ...runLabel, origin: { ...runLabel.origin, id: '99' } })).toBe('unknown');
  expect(problems).toEqual([]);
});
