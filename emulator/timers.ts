/** Timers that can be stopped together, so that none keeps the process alive once the emulator is closed. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();
  #isClosed = false;

  /** Takes the step after so many milliseconds of real time; at once, and before it returns, for none. */
  after(ms: number, step: () => void): void {
    if (ms <= 0) {
      step();
      return;
    }
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      step();
    }, ms);
    this.#pending.add(timer);
  }

  /** Drops every step that has not been taken, and those still to come. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
