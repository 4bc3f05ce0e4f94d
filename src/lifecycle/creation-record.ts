import type { Label, Origin } from './label.ts';

/** Its features decide how it's deleted. */
export interface CreatedClient {
  readonly clientId: string;
  readonly features: readonly string[];
  readonly createdAt: number;
}

/** Saved before every request, so that cleanup can finish what a killed process couldn't. */
export interface Creation {
  readonly origin: Origin;
  /** All sends of one process have the same marker. */
  readonly marker: string;
  readonly lifetime: 'run' | 'job' | 'pull_request';
  readonly expiresAt: number;
  /** When `clients/add` was sent, for each send whose outcome is unknown. Milliseconds since the epoch. */
  readonly openSends: readonly number[];
  /** Those that were created and not deleted. */
  readonly clients: readonly CreatedClient[];
  /** The client whose credentials were handed over. It may be a reused one. */
  readonly handedOverId?: string | undefined;
}

/** Not on the plain path: sent once, handed over, and not bound to the job. */
export function needsCleanup(creation: Creation): boolean {
  return creation.openSends.length > 0 || clientsToDelete(creation).length > 0;
}

/** The clients that cleanup deletes by their IDs. */
export function clientsToDelete({ clients, handedOverId, lifetime }: Creation) {
  return clients.filter(({ clientId }) => lifetime === 'job' || clientId !== handedOverId);
}

export type CreationRecord = ReturnType<typeof startCreationRecord>;

/** Starts a record, which saves every change. @param save must not return before the creation is safe */
export function startCreationRecord(save: (creation: Creation) => void) {
  let creation: Creation | undefined;
  const createdIds = new Set<string>();
  const update = (change: (current: Creation) => Partial<Creation>): void => {
    if (creation === undefined) return;
    const changed = { ...creation, ...change(creation) };
    // What can't be saved isn't done, so it isn't recorded.
    save(changed);
    creation = changed;
  };
  return {
    get creation() {
      return creation;
    },
    /** The clients that were created, even if they're deleted by now. */
    createdIds: createdIds as ReadonlySet<string>,
    /** Whether a send may have created a client that nobody has seen yet. */
    get isIndeterminate() {
      return creation !== undefined && creation.openSends.length > 0;
    },
    recordSend({ origin, marker, purpose: { lifetime }, expiresAt }: Label, now: number): void {
      creation ??= { origin, marker, lifetime, expiresAt, openSends: [], clients: [] };
      update(({ openSends }) => ({ openSends: [...openSends, now] }));
    },
    recordNotApplied: () => update(({ openSends }) => ({ openSends: openSends.slice(0, -1) })),
    // The client may come from any of the open sends, so the others stay open.
    recordCreated({ clientId, features, createdAt }: CreatedClient): void {
      createdIds.add(clientId);
      update(({ openSends, clients }) => ({
        openSends: openSends.slice(1),
        clients: [...clients, { clientId, features, createdAt }],
      }));
    },
    recordDeleted: (deletedId: string) =>
      update(({ clients }) => ({ clients: clients.filter(({ clientId }) => clientId !== deletedId) })),
    recordHandedOver: (handedOverId: string) => update(() => ({ handedOverId })),
    /** What became of the clients, for an error message. In whole sentences. */
    describe(): string {
      const created = (ids: Iterable<string>): string => `Client ${[...ids].join(', ')} was created`;
      const left = creation?.clients.map(({ clientId }) => clientId) ?? [];
      if (left.length > 0) return `${created(left)}; cleanup deletes it.`;
      if (creation !== undefined && creation.openSends.length > 0)
        return 'A client may have been created; cleanup looks for it and deletes it.';
      if (createdIds.size > 0) return `${created(createdIds)}, then deleted.`;
      return 'Nothing was created.';
    },
  };
}
