import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaptureError, type CaptureErrorDetails } from '../../src/capture/capture-error.ts';
import type { Clock } from '../../src/capture/clock.ts';
import { type NetworkSettings, readNetworkSettings } from '../../src/capture/network-settings.ts';
import type { Label } from '../../src/lifecycle/label.ts';
import { type Log, openLog } from '../../src/log.ts';

/** The time of every test: half a second after a full one. */
export const now = Date.UTC(2030, 0, 2, 3, 4, 5, 500);

/** No proxy, and Node's own certificate authorities. */
export const noNetworkSettings: NetworkSettings = readNetworkSettings({});

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
    applied: 'no',
    retryable: true,
    code: 510,
    ...details,
  });
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
    forms: new Set(),
    show: showWithout(''),
  };
  return { log, said };
}

/** Makes a text safe to show, as a log does that masks this secret. */
export function showWithout(secret: string): Log['show'] {
  const nameOf = (name: string, value = ''): string => `\`${name}${value && `: ${value}`}\``;
  const log = openLog({ write() {}, fail() {}, nameOf });
  log.maskSecret(secret);
  return log.show;
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
