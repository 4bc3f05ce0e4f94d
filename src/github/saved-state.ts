import * as core from '@actions/core';
import * as z from 'zod/mini';
import { authSchemes } from '../capture/authentication.ts';
import type { CaptureAccess } from '../capture/client.ts';
import { needsCleanUp } from '../lifecycle/cleanup.ts';
import type { Creation } from '../lifecycle/creation.ts';
import { EnvironmentError } from './context.ts';

/** What main leaves for post: inputs are not read there, as nested composite actions lose them. */
export interface SavedState {
  readonly creation: Creation;
  readonly access: CaptureAccess;
}

const key = 'creation';

const savedStateSchema = () =>
  z.object({
    creation: z.object({
      origin: z.object({ host: z.string(), id: z.string(), name: z.string() }),
      marker: z.string(),
      lifetime: z.enum(['run', 'job', 'pull_request']),
      features: z.array(z.string()),
      expiresAt: z.number(),
      sends: z.number(),
      lastSentAt: z.number(),
      outcome: z.union([z.enum(['none', 'unknown']), z.object({ clientId: z.string() })]),
      concluded: z.boolean(),
      handedOver: z.boolean(),
    }),
    access: z.object({
      domain: z.pipe(
        z.string(),
        z.transform((text) => new URL(text)),
      ),
      owner: z.object({ clientId: z.string(), clientSecret: z.string() }),
      authScheme: z.enum(authSchemes),
    }),
  });

/**
 * Saves for post, as JSON, so that the runner's masks match what a debug log prints of it; on disk when it returns, so
 * that even a killed main leaves it (actions-runtime.md §1c). Nothing is left where post has nothing to do: neither the
 * owner's credentials nor a reason to load more than the few lines of dist/cleanup.
 */
export function saveState({ creation, access }: SavedState): void {
  const { domain, owner, authScheme } = access;
  const saved = { creation, access: { domain: domain.href, owner, authScheme } };
  core.saveState(key, needsCleanUp(creation) ? JSON.stringify(saved) : '');
}

/**
 * @returns undefined if main left nothing to do
 * @throws EnvironmentError if it cannot be read; without the cause, which may quote a part of the owner secret
 */
export function loadState(): SavedState | undefined {
  const text = core.getState(key);
  if (text === '') return undefined;
  return parseState(text);
}

function parseState(text: string): z.infer<ReturnType<typeof savedStateSchema>> {
  try {
    return z.parse(savedStateSchema(), JSON.parse(text));
  } catch {
    throw new EnvironmentError('what the step saved for its post step cannot be read');
  }
}
