import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, writeAnswer } from './answers.ts';
import type { Timers } from './timers.ts';

/** What an exchange needs of the emulator. */
export interface ExchangeParts {
  incoming: IncomingMessage;
  response: ServerResponse;
  timers: Timers;
  latencyMs: number;
  /** Performs the call. */
  commit: () => Answer;
}

/** One request whose answer is due: the steps that answering it, or spoiling the answer, is made of. */
export class Exchange {
  readonly #parts: ExchangeParts;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /** Lets the call take effect and gives the answer that belongs to it. */
  commit(): Answer {
    return this.#parts.commit();
  }

  /** Sends the answer, no sooner than the latency or `notBeforeMs`, whichever is longer. */
  reply(answer: Answer, notBeforeMs = 0): void {
    this.deliver((response) => writeAnswer(response, answer), notBeforeMs);
  }

  /** Like `reply`, for an answer that is written in a way of its own. */
  deliver(write: (response: ServerResponse) => void, notBeforeMs = 0): void {
    const { response, timers, latencyMs } = this.#parts;
    timers.after(Math.max(latencyMs, notBeforeMs), () => {
      if (!response.destroyed) this.#attempt(() => write(response));
    });
  }

  /** Takes a step that has nothing to do with the answer, after so many milliseconds. */
  later(ms: number, step: () => void): void {
    this.#parts.timers.after(ms, step);
  }

  /** Ends the connection with a TCP reset: the client sees ECONNRESET. */
  reset(): void {
    this.#parts.incoming.socket.resetAndDestroy();
  }

  // An injected answer may be one that Node.js refuses to write; that ends its connection and not the emulator.
  #attempt(step: () => void): void {
    try {
      step();
    } catch {
      this.reset();
    }
  }
}
