/** What must hold whatever happens; the counts of its breaches are all to be 0. */
export const promises = {
  left: 'clients of ours left after the last sweep',
  foreign: 'foreign clients touched',
  twice: 'clients or markers handed out twice',
  dead: 'handedOver credentials that did not work',
  uncleaned: 'clients that a post step should have removed',
  early: 'clients removed before their time, or not removed when a step said so',
  outlived: 'enforced secrets that outlived their time',
  secret: 'secrets printed',
  manners: 'stages that hung, crashed, or failed without a sentence',
} as const;

export interface Breach {
  promise: keyof typeof promises;
  what: string;
}

/** What problem, and what should not have. */
export class Ledger {
  readonly counts = {
    'lives run': 0,
    'faults injected': 0,
    'faults that struck': 0,
    'mains killed by SIGINT, as the runner cancels': 0,
    'mains killed by SIGTERM': 0,
    'mains killed by SIGKILL': 0,
    'posts killed': 0,
    'posts that never ran': 0,
    'clients handedOver, new ones': 0,
    'clients handedOver, reused ones': 0,
    'mains that handedOver nothing': 0,
    'posts that came to their end': 0,
    'posts that warned of what is left': 0,
    'delete steps': 0,
    'sweep steps': 0,
    'delete and sweep steps that failed': 0,
    'clients that delete and sweep steps removed': 0,
    'handedOver, and then deleted or reset by another step before the check': 0,
    'pull requests seen with two handedOver clients': 0,
    'requests to Capture': 0,
    "longest pause of the emulator's process, ms": 0,
    'clients of ours when the lives were over': 0,
    'nights of the last sweep': 0,
  };
  readonly breaches: Breach[] = [];

  count(what: keyof Ledger['counts'], by = 1): void {
    this.counts[what] += by;
  }

  /** What is seen again at the end counts once. */
  breach(promise: Breach['promise'], what: string): void {
    if (this.breaches.some((breach) => breach.promise === promise && breach.what === what)) return;
    this.breaches.push({ promise, what });
  }

  /** How often each promise was broken. */
  get broken(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(promises).map(([name, meaning]) => [
        meaning,
        this.breaches.filter(({ promise }) => promise === name).length,
      ]),
    );
  }
}
