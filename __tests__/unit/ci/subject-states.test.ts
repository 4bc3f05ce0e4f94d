import { expect, test } from '@jest/globals';
import { askForStates } from '../../../src/ci/subject-states.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { runLabel } from '../../support/basics.ts';

const ofRun = (runId: string): Label => ({ ...runLabel, purpose: { lifetime: 'run', runId } });

test('only what was asked for has a state', async () => {
  const kind = { plural: 'runs', path: 'runs', permission: '', isDeletable: true };
  const run = { ...kind, isFinished: ({ state }: Readonly<Record<string, unknown>>) => state !== 'runs/2' };
  const system = {
    ...{ name: 'GitHub', tokenName: '', urlVariable: '', withoutToken: { hint: '', isFault: false } },
    kinds: { run, pull_request: run },
  } as const;
  const asked = ['1', '2', '1'].map(ofRun);
  const { stateOf, problems, isTokenUsable } = await askForStates(
    asked,
    system,
    async () => async (path) => ({
      state: path,
    }),
  );
  expect(asked.map(stateOf)).toEqual(['finished', 'unfinished', 'finished']);
  expect(stateOf(ofRun('99'))).toBe('unknown');
  expect(stateOf({ ...runLabel, origin: { ...runLabel.origin, id: '99' } })).toBe('unknown');
  expect({ problems, isTokenUsable }).toEqual({ problems: [], isTokenUsable: true });
});
