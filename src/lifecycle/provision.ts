import type { Credentials } from '../capture/authentication.ts';
import type { Capture, CreatedClient } from '../capture/client.ts';
import { CaptureError } from '../capture/errors.ts';
import { formatDescription, type Label } from './label.ts';

/** The client that is wanted. */
export interface Plan {
  /** The words before the label. */
  readonly text: string;
  readonly label: Label;
  readonly features: readonly string[];
}

/** What is known of a creation; saved at every step, so that whoever comes after a crash knows as much. */
export interface Creation {
  /** The host of the Capture domain. */
  readonly host: string;
  readonly marker: string;
  /** How often `clients/add` was sent, and when for the last time (milliseconds since the epoch). */
  readonly sends: number;
  readonly lastSentAt: number;
  /** `none`: certainly no client; `unknown`: perhaps one with this marker. */
  readonly outcome: 'none' | 'unknown' | { readonly clientId: string };
  /** The outputs are written: from here on the client belongs to the workflow. */
  readonly announced: boolean;
}

export interface Collaborators {
  readonly capture: Capture;
  readonly host: string;
  now(): number;
  /** Hides a secret from every log; called before anything else is done with it. */
  mask(credentials: Credentials): void;
  /** Keeps what is known where it outlives this process. Returns once it is safe. */
  save(creation: Creation): void;
}

export interface Provisioned {
  readonly client: CreatedClient;
  readonly creation: Creation;
}

/**
 * Creates one client. The intent is saved before every send, and the outcome before anything is made of it
 * (DESIGN.md, "Never two, never lost" and "Order").
 * @throws CaptureError; where a client may exist all the same, its message names the marker to look for
 */
export async function provision(plan: Plan, collaborators: Collaborators): Promise<Provisioned> {
  const { capture, host, now, mask, save } = collaborators;
  let creation: Creation = {
    host,
    marker: plan.label.marker,
    sends: 0,
    lastSentAt: now(),
    outcome: 'none',
    announced: false,
  };
  const remember = (news: Partial<Creation>): void => {
    creation = { ...creation, ...news };
    save(creation);
  };

  const wanted = { description: formatDescription(plan), features: plan.features };
  const beforeSend = (send: number): void => {
    remember({ sends: send, lastSentAt: now(), outcome: 'unknown' });
  };
  try {
    const client = await capture.addClient(wanted, beforeSend);
    mask(client);
    remember({ outcome: { clientId: client.clientId } });
    return { client, creation };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    if (error.details.effect === 'unknown') throw perhapsCreated(error, creation);
    remember({ outcome: 'none' });
    throw error;
  }
}

/** Nothing was sent twice, and nothing is known: the person who reads this has to look. */
function perhapsCreated(error: CaptureError, { host, marker }: Creation): CaptureError {
  return new CaptureError(
    error.happened,
    `The client may exist: if ${host} has one whose description holds the marker ${marker}, delete it. ${error.cure}`,
    error.details,
  );
}
