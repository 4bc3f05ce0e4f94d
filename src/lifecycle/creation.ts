import type { Origin } from './label.ts';
import type { Plan } from './provision.ts';

/**
 * What is known of a step's creation, all its sends under one marker: enough for post to finish what main could not
 * (DESIGN.md, "Never two, never lost").
 */
export interface Creation {
  readonly origin: Origin;
  readonly marker: string;
  readonly lifetime: 'run' | 'job' | 'pull_request';
  readonly features: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** How often `clients/add` was sent, and when for the last time (milliseconds since the epoch). */
  readonly sends: number;
  readonly lastSentAt: number;
  /** `none`: certainly no client of ours; `unknown`: perhaps one, or several, with this marker. */
  readonly outcome: 'none' | 'unknown' | { readonly clientId: string };
  /** Main came to its end in order; if not, a request of its may still be under way. */
  readonly concluded: boolean;
  /** The outputs are written: from here on the client belongs to the workflow. */
  readonly handedOver: boolean;
}

/** Keeps the creation that is under way where it outlives this process; each note is safe when its call returns. */
export class Journal {
  #creation: Creation | undefined;
  #isOpen = false;
  readonly #save: (creation: Creation) => void;

  constructor(save: (creation: Creation) => void) {
    this.#save = save;
  }

  /** A send is about to happen. */
  sending({ label, features }: Plan, now: number): void {
    const sends = this.#creation?.sends ?? 0;
    this.#write({
      origin: label.origin,
      marker: label.marker,
      lifetime: label.purpose.lifetime,
      features,
      expiresAt: label.expiresAt,
      sends: sends + 1,
      lastSentAt: now,
      outcome: 'unknown',
      concluded: false,
      handedOver: false,
    });
  }

  /** The client is there, and this is its id. */
  created(clientId: string): void {
    this.#note({ outcome: { clientId } });
  }

  /** It is open what came of a send: even if a client is found, a second one may come. */
  leftOpen(): void {
    this.#isOpen = true;
  }

  /** Was it left open what came of any send so far? */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Nothing of ours is left: nothing came of it, or it is deleted again; unless a send was left open. */
  nothingLeft(): void {
    this.#note({ outcome: this.#isOpen ? 'unknown' : 'none' });
  }

  /** Main ends without knowing what came of its sends. */
  concluded(): void {
    this.#note({ concluded: true });
  }

  /** The outputs are written. */
  handedOver(): void {
    this.#note({ handedOver: true });
  }

  #note(news: Partial<Creation>): void {
    if (this.#creation !== undefined) this.#write({ ...this.#creation, ...news });
  }

  #write(creation: Creation): void {
    this.#creation = creation;
    this.#save(creation);
  }
}
