import { expect, test } from '@jest/globals';
import { connect } from '../../../src/ci/subject-states.ts';
import type { Label } from '../../../src/lifecycle/label.ts';
import { runLabel } from '../../support/basics.ts';

const ofRun = (runId: string): Label => ({ ...runLabel, purpose: { lifetime: 'run', runId } });

test('only what was asked for has a state', async () => {
  const kind = { plural: 'runs', path: '/runs', permission: '', finished: ['/runs/1'] };
  const system = {
    ...{ name: 'GitHub', tokenName: '', urlVariable: '', withoutToken: { hint: '', isFault: false } },
    kinds: { run: kind, pull_request: kind },
  };
  const asked = ['1', '2', '1'].map(ofRun);
  const get = async (path: string) => ({ status: path });
  const ask = (open: () => Promise<typeof get>) => connect(system, runLabel.origin, open).ask(asked);
  const { stateOf, problems, isTokenUsable } = await ask(async () => get);
  expect(asked.map(stateOf)).toEqual(['finished', 'unfinished', 'finished']);
  expect(stateOf(ofRun('99'))).toBe('unknown');
  expect(stateOf({ ...runLabel, origin: { ...runLabel.origin, id: '99' } })).toBe('unknown');
  expect({ problems, isTokenUsable }).toEqual({ problems: [], isTokenUsable: true });
  await expect(ask(() => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');
});
