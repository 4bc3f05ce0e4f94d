/** What must always hold. The soak passes if no promise is broken. */
export const promises = {
  left: 'our clients left after the last sweep',
  foreign: 'foreign clients touched',
  twice: 'clients or markers handed over twice',
  blind: 'clients asked for again without a lookup, although they exist',
  dead: "credentials that were handed over and didn't work",
  uncleaned: 'clients that a post step or exec should have deleted',
  code: "exit codes of exec that weren't the command's",
  early: 'clients deleted too early, or not deleted although a step said so',
  outlived: 'secrets with enforce_expiry that worked too long',
  secret: 'secrets printed',
  manners: 'stages that hung, crashed, or failed without a message',
} as const;

export interface Breach {
  promise: keyof typeof promises;
  what: string;
}

/** Counts events and broken promises. */
export class Ledger {
  readonly counts = {
    'lives run': 0,
    'faults injected': 0,
    'faults that struck': 0,
    'lives of exec': 0,
    'mains canceled as the runner does': 0,
    'mains killed by SIGTERM': 0,
    'mains killed by SIGKILL': 0,
    'posts killed': 0,
    'posts that never ran': 0,
    'execs interrupted': 0,
    'execs killed by SIGKILL': 0,
    'commands that exec served': 0,
    'execs that started no command': 0,
    'execs that warned about a client that is left': 0,
    'new clients handed over': 0,
    'reused clients handed over': 0,
    'mains that handed over nothing': 0,
    'posts that finished': 0,
    'posts that warned about a client that is left': 0,
    'delete steps': 0,
    'sweep steps': 0,
    'sweeps by capture-client': 0,
    'delete and sweep steps that failed': 0,
    'clients that delete and sweep steps deleted': 0,
    'clients deleted or reset by another step before the check': 0,
    'pull requests seen with two clients': 0,
    'requests to Capture': 0,
    'requests to GitHub': 0,
    "longest pause of the emulators' process, ms": 0,
    'our clients after all lives': 0,
    'nights until the last sweep, of all tenants': 0,
  };
  readonly breaches: Breach[] = [];

  count(what: keyof Ledger['counts'], by = 1): void {
    this.counts[what] += by;
  }

  /** Counts a breach that is seen twice only once. */
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
