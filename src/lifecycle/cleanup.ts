import { CaptureError } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import type { Creation } from './creation.ts';
import { isSameCreation, labelOf } from './label.ts';
import { removeClient } from './remove.ts';
import { type RetireCollaborators, removeOwn } from './retire.ts';

/** A request that was sent may still take effect for so long (DESIGN.md, "Never two, never lost"). */
const lateCommitMs = 15_000;

/** What the clean-up works with. */
export interface CleanUpCollaborators extends RetireCollaborators {
  info(message: string): void;
}

/** What could not be removed, or not even looked for. */
export interface Leftover {
  /** Undefined if it is not known whether there is a client at all. */
  readonly clientId: string | undefined;
  readonly error: CaptureError;
}

/** Has post anything to do? Not on the plain path: sent once, handedOver, and not bound to the job. */
export function needsCleanUp({ handedOver, lifetime, outcome, sends }: Creation): boolean {
  if (handedOver) return lifetime === 'job' || sends > 1;
  return outcome !== 'none';
}

/**
 * Removes what this main created and did not announce, a job's client at the end of its job, and twins of an handedOver
 * client that more than one send may have left. Tries all of it.
 * @returns what is left in spite of that
 */
export async function cleanUp(
  creation: Creation,
  collaborators: CleanUpCollaborators,
): Promise<readonly Leftover[]> {
  const { handedOver, lifetime, sends } = creation;
  const clientId = createdId(creation);
  const leftovers: Leftover[] = [];
  const run = new CleanUp(creation, collaborators, leftovers);
  try {
    if (handedOver && lifetime === 'job' && sends === 1 && clientId !== undefined)
      await run.removeOfJob(clientId);
    else if (handedOver && lifetime !== 'job') await run.removeTwins(clientId);
    else await run.removeAllMarked();
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    leftovers.push({ clientId: handedOver && lifetime !== 'job' ? undefined : clientId, error });
  }
  return leftovers;
}

function createdId({ outcome }: Creation): string | undefined {
  return typeof outcome === 'object' ? outcome.clientId : undefined;
}

type MarkedClient = Pick<Client, 'clientId' | 'features' | 'description'>;

class CleanUp {
  readonly #creation: Creation;
  readonly #collaborators: CleanUpCollaborators;
  readonly #leftovers: Leftover[];

  constructor(creation: Creation, collaborators: CleanUpCollaborators, leftovers: Leftover[]) {
    this.#creation = creation;
    this.#collaborators = collaborators;
    this.#leftovers = leftovers;
  }

  /** One request: nobody else takes over the client of a job. */
  async removeOfJob(clientId: string): Promise<void> {
    const { capture } = this.#collaborators;
    this.#tell(clientId, await removeClient(capture, { clientId, features: this.#creation.features }));
  }

  /** All that will ever come of the sends is there once the last is old enough: one look is enough. */
  async removeTwins(announcedId: string | undefined): Promise<void> {
    await this.#sleepUntil(this.#creation.lastSentAt + lateCommitMs);
    const marked = await this.#listMarked();
    await this.#removeEach(marked.filter(({ clientId }) => clientId !== announcedId));
  }

  /** Removes what is there at once, and looks again when nothing can come any more. */
  async removeAllMarked(): Promise<void> {
    const { now } = this.#collaborators;
    const { concluded, lastSentAt, sends } = this.#creation;
    const isKnown = createdId(this.#creation) !== undefined;
    // A main that was killed may have had a request under way until a moment ago.
    const lastSign = concluded || isKnown ? lastSentAt : now();
    for (;;) {
      const isLastLook = now() >= lastSign + lateCommitMs;
      const marked = await this.#listMarked();
      await this.#removeEach(marked);
      const isOnlyOne = sends === 1 && (isKnown || marked.length > 0);
      if (isOnlyOne || isLastLook) return;
      await this.#sleepUntil(lastSign + lateCommitMs);
    }
  }

  /** One that cannot be removed does not keep the others. */
  async #removeEach(clients: readonly MarkedClient[]): Promise<void> {
    for (const client of clients) {
      try {
        this.#tell(client.clientId, await removeOwn(client, this.#creation, this.#collaborators));
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        this.#leftovers.push({ clientId: client.clientId, error });
      }
    }
  }

  #tell(clientId: string, result: string): void {
    if (result === 'deleted') this.#collaborators.info(`Deleted client ${clientId}.`);
  }

  /** Reads the labels anew: only what still bears this creation's marker is ours to remove. */
  async #listMarked(): Promise<readonly MarkedClient[]> {
    const { picked } = await this.#collaborators.capture.listClients((client): MarkedClient | undefined => {
      if (!isSameCreation(labelOf(client), this.#creation)) return undefined;
      return { clientId: client.clientId, features: client.features, description: client.description };
    }, this.#creation.features);
    return picked;
  }

  async #sleepUntil(time: number): Promise<void> {
    const ms = time - this.#collaborators.now();
    if (ms > 0) await this.#collaborators.sleep(ms);
  }
}
