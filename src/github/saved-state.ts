import * as core from '@actions/core';
import * as z from 'zod/mini';
import { authSchemes } from '../capture/authentication.ts';
import { type Environment, networkSettingsSchema } from '../capture/network-settings.ts';
import { ExpectedError } from '../errors.ts';
import type { SavedState } from '../host.ts';
import { needsCleanup } from '../lifecycle/leftovers.ts';
import { appendPairs } from './command-files.ts';
import { requireVariable } from './workflow-context.ts';

/** src/post.ts checks this key, too, before it loads anything. */
const key = 'creation';

const savedStateSchema = () =>
  z.object({
    creation: z.object({
      origin: z.object({ host: z.string(), id: z.string(), name: z.string() }),
      marker: z.string(),
      lifetime: z.enum(['run', 'job', 'pull_request']),
      expiresAt: z.number(),
      openSends: z.array(z.number()),
      clients: z.array(
        z.object({ clientId: z.string(), features: z.array(z.string()), createdAt: z.number() }),
      ),
      requestsEnded: z.boolean(),
      handedOverId: z.optional(z.string()),
    }),
    access: z.object({
      domain: z.pipe(
        z.string(),
        z.transform((text) => new URL(text)),
      ),
      owner: z.object({ clientId: z.string(), clientSecret: z.string() }),
      authScheme: z.enum(authSchemes),
    }),
    network: networkSettingsSchema(),
  });

/**
 * Saves the state on disk, where even a main that is killed leaves it; empty if post has nothing to do. As JSON, the
 * runner's masks match what a debug log prints of it.
 * @throws ExpectedError if GITHUB_STATE can't be written
 */
export function saveState({ creation, access, network }: SavedState, env: Environment = process.env): void {
  const { domain, owner, authScheme } = access;
  const saved = { creation, access: { domain: domain.href, owner, authScheme }, network };
  const value = needsCleanup(creation) ? JSON.stringify(saved) : '';
  appendPairs('GITHUB_STATE', requireVariable(env, 'GITHUB_STATE'), { [key]: value });
}

/**
 * Loads what main saved.
 * @returns undefined if post has nothing to do
 * @throws ExpectedError if the state is invalid, without the cause, which may quote a part of the owner secret
 */
export function loadState(): SavedState | undefined {
  const text = core.getState(key);
  return text === '' ? undefined : parseState(text);
}

function parseState(text: string): SavedState {
  try {
    return z.parse(savedStateSchema(), JSON.parse(text));
  } catch {
    throw new ExpectedError(
      'The state that this step saved for its post step is invalid.',
      'Check that no other step of the job sets a variable named STATE_creation.',
    );
  }
}
