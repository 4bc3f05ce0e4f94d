/** What must always hold. The soak passes if no promise is broken. */
export const promises = {
  left: 'our clients left after the last sweep',
  foreign: 'foreign clients touched',
  twice: 'clients or markers handed over twice',
  blind: 'clients asked for again without a lookup, although they exist',
  dead: "credentials that were handed over and didn't work",
  uncleaned: 'clients that a post step or exec should have deleted',
  code: "exit codes of exec that weren't the command's",
  unset: 'settings that configure reported and that the client lacks',
  more: 'calls of configure that do more than configure',
  early: 'clients deleted too early, or not deleted although a step said so',
  outlived: 'secrets with enforce_expiry that worked too long',
  secret: 'secrets printed',
  manners: 'stages that hung, crashed, or failed without a message',
} as const;

type PromiseName = keyof typeof promises;

/** Counts events and broken promises. */
export class Ledger {
  readonly #counts = new Map<string, number>();
  readonly #breaches = new Map<string, PromiseName>();

  count(what: string, by = 1): void {
    this.#counts.set(what, this.countOf(what) + by);
  }

  countOf(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** Shows and counts a breach; once, even if it's seen twice. */
  breach(promise: PromiseName, what: string): void {
    const breach = `${promise}: ${what}`;
    if (this.#breaches.has(breach)) return;
    this.#breaches.set(breach, promise);
    console.log(`BROKEN: ${breach}\n`);
  }

  get broken(): number {
    return this.#breaches.size;
  }

  /** How often each event happened, and each promise was broken. */
  get table(): Record<string, number> {
    const broken = [...this.#breaches.values()];
    return {
      ...Object.fromEntries([...this.#counts].sort()),
      ...Object.fromEntries(
        Object.entries(promises).map(([name, meaning]) => [
          meaning,
          broken.filter((promise) => promise === name).length,
        ]),
      ),
    };
  }
}
