import { randomHex } from '../random.ts';
import type { Label, Origin } from './label.ts';

/** A client that this step created. Its features decide how it's deleted. */
export interface CreatedClient {
  readonly clientId: string;
  readonly features: readonly string[];
}

/**
 * What is known of a step's creations. It is saved before every request, so that cleanup can finish what a killed main
 * could not.
 */
export interface Creation {
  readonly origin: Origin;
  /** All sends of one step have the same marker. */
  readonly marker: string;
  readonly lifetime: 'run' | 'job' | 'pull_request';
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** When `clients/add` was sent, for each send whose outcome is unknown. Milliseconds since the epoch. */
  readonly openSends: readonly number[];
  /** The clients that were created and not deleted. */
  readonly clients: readonly CreatedClient[];
  /** Whether no request of main is in progress anymore. */
  readonly requestsEnded: boolean;
  /** The client whose credentials are in the outputs: it belongs to the workflow now. It may be a reused one. */
  readonly handedOverId?: string | undefined;
}

/** Keeps the record of a creation, and saves every change before it returns. */
export interface CreationRecord {
  /** `clients/add` is about to be sent. */
  recordSend(label: Label, now: number): void;
  /** Capture certainly didn't apply the last send. */
  recordNotApplied(): void;
  /** Whether a send may have created a client that nobody has seen yet. */
  readonly isIndeterminate: boolean;
  recordCreated(client: CreatedClient): void;
  /** Whether the client was recorded as created, even if it's deleted by now. */
  hasCreated(clientId: string): boolean;
  recordDeleted(clientId: string): void;
  readonly clients: readonly CreatedClient[];
  /** Main ends without knowing the outcome, and none of its requests is in progress. */
  recordRequestsEnded(): void;
  recordHandedOver(clientId: string): void;
}

/** Starts a record. @param save must not return before the creation is safe */
export function startCreationRecord(save: (creation: Creation) => void): CreationRecord {
  let creation: Creation | undefined;
  const createdIds = new Set<string>();
  const update = (change: (current: Creation) => Partial<Creation>): void => {
    if (creation === undefined) return;
    creation = { ...creation, ...change(creation) };
    save(creation);
  };
  return {
    recordSend({ origin, marker, purpose: { lifetime }, expiresAt }, now) {
      creation ??= { origin, marker, lifetime, expiresAt, openSends: [], clients: [], requestsEnded: false };
      update(({ openSends }) => ({ openSends: [...openSends, now] }));
    },
    recordNotApplied: () => update(({ openSends }) => ({ openSends: openSends.slice(0, -1) })),
    get isIndeterminate() {
      return creation !== undefined && creation.openSends.length > 0;
    },
    // It may come from any of the open sends. The ones that stay open are the later ones, which take longer to be over.
    recordCreated({ clientId, features }) {
      createdIds.add(clientId);
      update(({ openSends, clients }) => ({
        openSends: openSends.slice(1),
        clients: [...clients, { clientId, features }],
      }));
    },
    hasCreated: (clientId) => createdIds.has(clientId),
    recordDeleted: (deletedId) =>
      update(({ clients }) => ({ clients: clients.filter(({ clientId }) => clientId !== deletedId) })),
    get clients() {
      return creation?.clients ?? [];
    },
    recordRequestsEnded: () => update(() => ({ requestsEnded: true })),
    recordHandedOver: (handedOverId) => update(() => ({ handedOverId })),
  };
}

/** Returns 24 random hexadecimal digits. */
export function newMarker(): string {
  return randomHex(24);
}
