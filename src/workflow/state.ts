import * as core from '@actions/core';
import * as z from 'zod/mini';
import type { Creation } from '../lifecycle/provision.ts';

/** What main tells post; as JSON, so that the runner's masks match what a debug log prints of it. */
const key = 'creation';

const creationSchema = z.object({
  host: z.string(),
  marker: z.string(),
  sends: z.number(),
  lastSentAt: z.number(),
  outcome: z.union([z.literal('none'), z.literal('unknown'), z.object({ clientId: z.string() })]),
  announced: z.boolean(),
});

/** Saves for post; on disk when it returns, so that even a killed main leaves it (actions-runtime.md §1c). */
export function saveCreation(creation: Creation): void {
  core.saveState(key, JSON.stringify(creation));
}

/** @returns what main saved last; undefined if it never came to an intent */
export function loadCreation(): Creation | undefined {
  const text = core.getState(key);
  return text === '' ? undefined : z.parse(creationSchema, JSON.parse(text));
}
