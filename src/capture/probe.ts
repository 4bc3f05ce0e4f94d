import * as z from 'zod/mini';
import { CaptureError, isWrongMethod } from './capture-error.ts';
import type { Repeat } from './retry.ts';
import type { Attempt, Sender } from './sender.ts';

/**
 * A call in a form that the client of this project never uses, to learn how a tenant responds to it. Defaults: basic-auth,
 * and POST, or GET if the tenant rejects that.
 */
export type ProbeCall = Pick<Attempt, 'name' | 'credentials'> & Partial<Omit<Attempt, 'number' | 'maxBytes'>>;

/**
 * Sends a call, and repeats it if Capture asks to come back later or nothing arrives.
 * @throws CaptureError unless Capture accepts or rejects it
 */
export type Probe = (call: ProbeCall) => Promise<{ readonly isOk: boolean }>;

export function openProbe(sender: Sender, repeat: Repeat): Probe {
  return async ({ method, shiftMs = 0, ...call }) => {
    const defaults = { parameters: {}, authScheme: 'basic-auth', emptySignature: 'code' } as const;
    // By Capture's clock: a wrong one of this machine isn't the question.
    const attempt = { ...defaults, ...call, shiftMs: shiftMs + (sender.clockOffsetMs() ?? 0) };
    const send = (as: 'GET' | 'POST') =>
      repeat((number) => sender.send({ ...attempt, method: as, number }, z.object({})));
    try {
      await send(method ?? 'POST').catch((error: unknown) => {
        if (method !== undefined || !isWrongMethod(error)) throw error;
        return send('GET');
      });
      return { isOk: true };
    } catch (error) {
      const isRejection =
        error instanceof CaptureError && !error.details.retryable && error.details.status !== undefined;
      if (!isRejection) throw error;
      return { isOk: false };
    }
  };
}
