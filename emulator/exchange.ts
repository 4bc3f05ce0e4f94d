import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpResponse, writeResponse } from './responses.ts';

/** The ways to end a request. */
export interface Exchange {
  /** Sends a response, no sooner than the latency or `notBeforeMs`, whichever is longer. */
  reply(response: HttpResponse, notBeforeMs?: number): void;
  /** Like `reply`, for a response that is written in its own way. */
  deliver(write: (outgoing: ServerResponse) => void, notBeforeMs?: number): void;
  /** Takes a step that has nothing to do with the response. */
  later(ms: number, step: () => void): void;
  /** Ends the connection with a TCP reset, or if it's encrypted, without a goodbye. */
  reset(): void;
}

export interface ExchangeParts {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  timers: Timers;
  /** Milliseconds since the epoch, for the Date header. */
  now: () => number;
  latencyMs: number;
}

export function createExchange(parts: ExchangeParts): Exchange {
  const { incoming, outgoing, timers } = parts;

  function reset(): void {
    const { socket } = incoming;
    if ('encrypted' in socket) socket.destroy();
    else socket.resetAndDestroy();
  }

  function deliver(write: (outgoing: ServerResponse) => void, notBeforeMs = 0): void {
    timers.after(Math.max(parts.latencyMs, notBeforeMs), () => {
      if (outgoing.destroyed) return;
      // Node.js doesn't write every response that a fault can ask for. That ends the connection, not the emulator.
      try {
        outgoing.setHeader('date', new Date(parts.now()).toUTCString());
        write(outgoing);
      } catch {
        reset();
      }
    });
  }

  return {
    deliver,
    reset,
    reply: (response, notBeforeMs) => deliver((outgoing) => writeResponse(outgoing, response), notBeforeMs),
    later: (ms, step) => timers.after(ms, step),
  };
}

/** Timers that are stopped together, so that none keeps the process alive after the emulator is closed. */
export interface Timers {
  /** Takes the step after so many milliseconds of real time, or if it's none, before it returns. */
  after(ms: number, step: () => void): void;
  /** Drops all steps, those still to come too. */
  close(): void;
}

export function createTimers(): Timers {
  const pending = new Set<NodeJS.Timeout>();
  let isClosed = false;
  return {
    after(ms, step) {
      if (ms <= 0) {
        step();
        return;
      }
      if (isClosed) return;
      const timer = setTimeout(() => {
        pending.delete(timer);
        step();
      }, ms);
      pending.add(timer);
    },
    close() {
      isClosed = true;
      for (const timer of pending) clearTimeout(timer);
      pending.clear();
    },
  };
}
