import { expect, test } from '@jest/globals';
import { askForStates } from '../../../src/ci/ci-system.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { runLabel } from '../../support/basics.ts';

const ofRun = (runId: string): Label => ({ ...runLabel, purpose: { lifetime: 'run', runId } });

test('only what was asked for has a state', async () => {
  const system = {
    isFinished: async ({ id }: { id: string }) => id !== '2',
    explain: (error: unknown) => ({ text: String(error) }),
  };
  const asked = ['1', '2', '1'].map(ofRun);
  const { stateOf, problems, isTokenUsable } = await askForStates(asked, system);
  expect(asked.map(stateOf)).toEqual(['finished', 'unfinished', 'finished']);
  expect(stateOf(ofRun('99'))).toBe('unknown');
  expect(stateOf({ ...runLabel, origin: { ...runLabel.origin, id: '99' } })).toBe('unknown');
  expect({ problems, isTokenUsable }).toEqual({ problems: [], isTokenUsable: true });
});
