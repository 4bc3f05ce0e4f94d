import * as core from '@actions/core';
import { ExpectedError } from '../errors.ts';
import type { SavedState } from '../host.ts';
import { needsCleanup } from '../lifecycle/creation-record.ts';
import { appendPairs } from './command-files.ts';

/** src/post.ts checks this key, too, before it loads anything. */
const key = 'creation';

/**
 * Saves the state on disk, where even a main that is killed leaves it; empty if post has nothing to do. As JSON, the
 * runner's masks match what a debug log prints of it.
 * @throws ExpectedError if GITHUB_STATE can't be written
 */
export function saveState(state: SavedState): void {
  const value = needsCleanup(state.creation) ? JSON.stringify(state) : '';
  appendPairs('GITHUB_STATE', { [key]: value });
}

/** @throws ExpectedError, without its cause, which could quote a secret */
export function loadState(): SavedState {
  try {
    const { creation, access, network } = JSON.parse(core.getState(key));
    return { creation, access: { ...access, domain: new URL(access.domain) }, network };
  } catch {
    throw new ExpectedError(
      'The state that this step saved for its post step is invalid.',
      'Check that no other step of the job sets a variable named STATE_creation.',
    );
  }
}
