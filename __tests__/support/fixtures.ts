import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { CaptureError, type CaptureErrorDetails } from '../../src/capture/capture-error.ts';
import type { Clock } from '../../src/capture/clock.ts';
import type { Environment } from '../../src/capture/route.ts';
import { readContext, type WorkflowContext } from '../../src/github/context.ts';
import { type CreateInputs, readCreateInputs } from '../../src/inputs/create-inputs.ts';
import { InputError, type InputSource } from '../../src/inputs/inputs.ts';
import type { Label } from '../../src/lifecycle/label.ts';
import type { Log } from '../../src/log.ts';

/** The time of every test: half a second after a full one. */
export const now = Date.UTC(2030, 0, 2, 3, 4, 5, 500);

export interface FakeClock extends Clock {
  /** Every wait so far, in milliseconds. */
  readonly waits: number[];
  pass(ms: number): void;
}

/** A clock that moves only when someone sleeps or lets time pass. */
export function fakeClock(): FakeClock {
  let time = now;
  const waits: number[] = [];
  return {
    waits,
    now: () => time,
    pass(ms) {
      time += ms;
    },
    async sleep(ms, wake) {
      if (wake?.aborted) return;
      if (waits.length === 10_000) throw new Error('endless waiting');
      waits.push(ms);
      time += ms;
    },
  };
}

/** A retryable error that wasn't applied, unless the details say otherwise. */
export function captureError(details: Partial<CaptureErrorDetails> = {}): CaptureError {
  return new CaptureError('Capture rejected clients/add (510 api_limit_error, request r1).', 'Try later.', {
    call: 'clients/add',
    host: 'capture.example.com',
    applied: 'no',
    retryable: true,
    code: 510,
    requestId: 'r1',
    ...details,
  });
}

export const runLabel: Label = {
  origin: { host: 'github.com', id: '1234', name: 'acme/shop' },
  purpose: { lifetime: 'run', runId: '5678' },
  name: 'preview',
  expiresAt: Date.UTC(2030, 0, 3, 3, 4, 5),
  marker: '0123456789abcdef01234567',
};

export const pullRequestLabel: Label = {
  ...runLabel,
  purpose: { lifetime: 'pull_request', pullRequest: 42 },
};

/** The runner's variables in a job that a push to main started. */
export const pushEnvironment: Environment = {
  GITHUB_ACTOR: 'octocat',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_REF_NAME: 'main',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_REPOSITORY_ID: '1234',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_RUN_ID: '5678',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_WORKFLOW_REF: 'acme/shop/.github/workflows/preview.yml@refs/heads/main',
};

export const pullRequestEnvironment: Environment = {
  ...pushEnvironment,
  GITHUB_EVENT_NAME: 'pull_request',
  GITHUB_REF_NAME: '42/merge',
};

/** The parts of a pull request's payload that the context reads. */
export function pullRequestEvent(head: { id: number } | null = { id: 1234 }, login = 'octocat') {
  return {
    pull_request: { number: 42, user: { login }, head: { repo: head }, base: { repo: { id: 1234 } } },
  };
}

export const pushContext = readContext(pushEnvironment, {});

/** Inputs as a caller writes them in `with:`. */
export type Given = Readonly<Record<string, string>>;

/** Just enough inputs to create a client. */
export const requiredInputs: Given = {
  capture_domain: 'example.us-dev.janraincapture.com',
  owner_client_id: 'abcdefghjkmnpqrstuvwxyz23456789a',
  owner_client_secret: 'the owner secret',
};

/** Provides inputs as the runner and the toolkit do. */
export function inputSource(given: Given): InputSource {
  return {
    get: (name: string) => (given[name] ?? '').trim(),
    getUntrimmed: (name: string) => given[name] ?? '',
    variables: ['PATH', ...Object.keys(given).map((name) => `INPUT_${name.toUpperCase()}`)],
  };
}

/** The inputs of the create action: the required ones and these. */
export function createInputs(given: Given = {}, context: WorkflowContext = pushContext): CreateInputs {
  return readCreateInputs(inputSource({ ...requiredInputs, ...given }), context);
}

/** Returns what a function throws; throws if it doesn't. */
export function thrownBy(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** The message about invalid inputs. The required ones are given, unless these replace them. */
export function complaint(given: Given, context: WorkflowContext = pushContext): string {
  const error = thrownBy(() => createInputs(given, context));
  expect(error).toBeInstanceOf(InputError);
  return error.message;
}

/** A log that keeps what it's told: each message after its kind, annotations with their titles. */
export function notebook(): { readonly log: Log; readonly said: string[] } {
  const said: string[] = [];
  const note = (kind: string) => (message: string, title?: string) => {
    said.push(`${title === undefined ? kind : `${kind} (${title})`}: ${message}`);
  };
  const log: Log = {
    info: note('info'),
    notice: note('notice'),
    warning: note('warning'),
    fail: (lines, title) => note('fail')([lines].flat().join('\n'), title),
    debug: note('debug'),
    mask: ({ clientId, clientSecret }) => note('mask')(`${clientId} ${clientSecret}`),
    maskSecret: note('mask'),
  };
  return { log, said };
}

/** Calls `use` with the paths of files in an empty folder, which is deleted afterward. */
export async function withFolder(
  use: (path: (name: string) => string) => Promise<void> | void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'unit-'));
  try {
    await use((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
