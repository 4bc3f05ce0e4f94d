import type { Label, Origin } from './label.ts';

/**
 * What is known of a step's creation. It is saved before every request, so that the post step can finish what a killed
 * main could not.
 */
export interface Creation {
  readonly origin: Origin;
  /** All sends of one step have the same marker. */
  readonly marker: string;
  readonly lifetime: 'run' | 'job' | 'pull_request';
  readonly features: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** How many sends of `clients/add` may have reached Capture. */
  readonly sends: number;
  /** When the last of them was sent, in milliseconds since the epoch. */
  readonly lastSentAt: number;
  /** `none`: certainly no client. `unknown`: one client, several, or none. */
  readonly outcome: 'none' | 'unknown' | { readonly clientId: string };
  /** Whether main ended in order. If not, one of its requests may still be in progress. */
  readonly concluded: boolean;
  /** The outputs are written: the client belongs to the workflow now. */
  readonly handedOver: boolean;
}

/** Follows a creation, and saves every change before it returns. */
export interface CreationRecord {
  /** `clients/add` is about to be sent. */
  sending(label: Label, features: readonly string[], now: number): void;
  /** The last send certainly created nothing, so it counts for nothing. */
  notApplied(): void;
  /** Whether a send may have created a client that nobody has seen yet. */
  readonly isIndeterminate: boolean;
  created(clientId: string): void;
  /** The client that was created is deleted again. */
  deleted(): void;
  /** Main ends without knowing the outcome. */
  concluded(): void;
  handedOver(): void;
}

/** Starts a record. @param save must not return before the creation is safe */
export function recordCreation(save: (creation: Creation) => void): CreationRecord {
  let creation: Creation | undefined;
  let previousSentAt = 0;
  const update = (changes: Partial<Creation>): void => {
    if (creation === undefined) return;
    creation = { ...creation, ...changes };
    save(creation);
  };
  /** One send less is open: the last one is resolved. */
  const resolveOne = (): void => {
    const sends = (creation?.sends ?? 1) - 1;
    update({ sends, lastSentAt: previousSentAt, outcome: sends === 0 ? 'none' : 'unknown' });
  };
  return {
    sending({ origin, marker, purpose: { lifetime }, expiresAt }, features, now) {
      previousSentAt = creation?.lastSentAt ?? now;
      const sends = (creation?.sends ?? 0) + 1;
      const initial = { concluded: false, handedOver: false, outcome: 'unknown' } as const;
      creation = { origin, marker, lifetime, features, expiresAt, sends, lastSentAt: now, ...initial };
      save(creation);
    },
    notApplied: resolveOne,
    get isIndeterminate() {
      return creation !== undefined && creation.sends > 0;
    },
    created: (clientId) => update({ outcome: { clientId } }),
    deleted: resolveOne,
    concluded: () => update({ concluded: true }),
    handedOver: () => update({ handedOver: true }),
  };
}
