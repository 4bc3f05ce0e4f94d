import { CaptureError, isUnknownClient } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import { privilegedFeatures } from '../capture/features.ts';
import { refuseIfInterrupted } from './interruption.ts';
import { formatDescription, type Label } from './label.ts';
import { type Collaborators, createExactlyOne, lowest, type Plan } from './provision.ts';
import { hasToYield, isLive, listSiblings, type Sibling } from './pull-request.ts';
import { removeOwn } from './retire.ts';
import { resetSecret } from './secret.ts';
import {
  bringInLine,
  type Configuration,
  configureNew,
  isSameSet,
  prepare,
  type ReadyConfiguration,
} from './settings.ts';

/** What a step asks for. */
export interface ClientRequest {
  /** The words of a new client; on reuse they replace the old ones only if they were `given`. */
  readonly text: { readonly words: string; readonly given: boolean };
  /** Undefined: none for a new client, and on reuse those that it has. */
  readonly features: readonly string[] | undefined;
  /** All of the label but its marker. */
  readonly label: Omit<Label, 'marker'>;
  /** After how many hours Capture itself ends the secret; undefined if it is not to. */
  readonly enforcedHours: number | undefined;
  /** On reuse, for how many hours the old secret stays valid beside a new one; undefined for no new one. */
  readonly rotateHours: number | undefined;
  readonly configuration: Configuration;
}

interface ReadyRequest extends ClientRequest {
  readonly configuration: ReadyConfiguration;
}

/** What a step gets. */
export interface Provided {
  /** As Capture has it; its secret is the one to hand out. */
  readonly client: Client;
  readonly label: Label;
  /** False if it was there before. */
  readonly created: boolean;
}

/** The pull request's client is there, but it cannot be handed out; it was not handedOver and stays as it is. */
export class NotHandedOut extends Error {
  override readonly name = 'NotHandedOut';
}

/**
 * Gives a step its client: a new one, or for a pull request the one that it has. Nothing is handedOver here; until that
 * is done, a client that this made is removed by whoever comes after a failure.
 * @throws CaptureError, Interrupted, NotHandedOut
 */
export async function provide(request: ClientRequest, collaborators: Collaborators): Promise<Provided> {
  const ready = { ...request, configuration: await prepare(request.configuration, collaborators) };
  const plan: Plan = {
    text: request.text.words,
    label: { ...request.label, marker: collaborators.newMarker() },
    features: request.features ?? [],
  };
  const isForPullRequest = request.label.purpose.lifetime === 'pull_request';
  // A round ends with nothing where a client went away meanwhile or had to; the time limit bounds them all.
  for (;;) {
    refuseIfInterrupted(collaborators.interrupted);
    const provided = isForPullRequest
      ? await reuseOrCreate(ready, plan, collaborators)
      : await create(ready, plan, collaborators);
    if (provided !== undefined) return provided;
  }
}

async function reuseOrCreate(
  request: ReadyRequest,
  plan: Plan,
  collaborators: Collaborators,
): Promise<Provided | undefined> {
  const { info, now } = collaborators;
  const siblings = await listSiblings(request.label, collaborators);
  const others = siblings.filter(({ label }) => label.marker !== plan.label.marker);
  const existing = lowest(others.filter((sibling) => isLive(sibling, now())));
  if (existing !== undefined) return await reuse(existing, request, collaborators);
  const provided = await create(request, plan, collaborators, async (own) => {
    if (!(await hasToYield(own, request.label, collaborators))) return true;
    info(`Another run made a client for the same pull request; ${own.clientId} gives way.`);
    return false;
  });
  if (provided !== undefined) await removeReplaced(others, collaborators);
  return provided;
}

/**
 * @param mayStay whether the new client may be kept
 * @returns undefined if it may not, or if Capture left open whether its secret ends; then it is gone again
 */
async function create(
  request: ReadyRequest,
  plan: Plan,
  collaborators: Collaborators,
  mayStay: (own: Client) => Promise<boolean> = async () => true,
): Promise<Provided | undefined> {
  const { journal, interrupted } = collaborators;
  const client = await createExactlyOne(plan, collaborators);
  refuseIfInterrupted(interrupted);
  const own = { ...client, description: formatDescription(plan) };
  if ((await mayStay(own)) && (await completeOrRemove(own, request, plan, collaborators))) {
    return { client, label: plan.label, created: true };
  }
  refuseIfInterrupted(interrupted);
  await removeOwn(own, plan.label, collaborators);
  journal.nothingLeft();
  return undefined;
}

/**
 * Configures a new client and gives its secret its end. One that is not as it was asked for is of no use to anybody, so
 * it goes.
 * @returns false if Capture left open whether its secret ends
 * @throws CaptureError, which tells whether it is gone
 */
async function completeOrRemove(
  own: Client,
  request: ReadyRequest,
  { label }: Plan,
  collaborators: Collaborators,
): Promise<boolean> {
  try {
    await configureNew(own, request.configuration, collaborators);
    return await endsInTime(own, request, collaborators);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    const fate = await removeOwn(own, label, collaborators).catch((failure: unknown) => {
      if (!(failure instanceof CaptureError)) throw failure;
      return 'still there' as const;
    });
    if (fate !== 'still there') collaborators.journal.nothingLeft();
    const told = `${error.problem} Client ${own.clientId}, which was just created, ${fates[fate]}.`;
    throw new CaptureError(told, error.hint, error.details);
  }
}

const fates = {
  deleted: 'is deleted again',
  gone: 'is gone',
  'taken over': 'was taken over by another run',
  'still there': 'is left for the post step to delete',
};

/**
 * Resets the secret and throws the new one away: the one that is handed out lives on only for the enforced hours.
 * @returns false if Capture left open whether that problem
 */
async function endsInTime(
  client: Client,
  { enforcedHours }: ClientRequest,
  collaborators: Collaborators,
): Promise<boolean> {
  if (enforcedHours === undefined) return true;
  return (await resetSecret(client, enforcedHours, collaborators)) !== undefined;
}

/**
 * Takes over the client that an earlier run of the pull request made: writes a fresh marker and expiry first, so that
 * nobody's clean-up takes it for its own, brings it in line with the request, and looks once more before it is handed
 * out. What the request does not name stays as it is.
 * @returns undefined if the client went away meanwhile
 */
async function reuse(
  existing: Sibling,
  request: ReadyRequest,
  collaborators: Collaborators,
): Promise<Provided | undefined> {
  const { capture, mask, info, now, interrupted } = collaborators;
  const { clientId } = existing;
  refuseUnfit(existing, request);
  mask(existing);
  info(`Reusing client ${clientId} of this pull request.`);
  const label = { ...request.label, marker: collaborators.newMarker() };
  const text = request.text.given ? request.text.words : existing.text;
  try {
    await capture.setDescription(clientId, formatDescription({ text, label }));
    refuseIfInterrupted(interrupted);
    if (request.features !== undefined && !isSameSet(request.features, existing.features)) {
      await capture.setFeatures(clientId, request.features);
      refuseIfInterrupted(interrupted);
    }
    await bringInLine(existing, request.configuration, collaborators);
    const clientSecret = await renewSecret(existing, request, collaborators);
    const siblings = await listSiblings(request.label, collaborators);
    const client = siblings.find((sibling) => sibling.clientId === clientId && isLive(sibling, now()));
    return client && { client: { ...client, clientSecret }, label, created: false };
  } catch (error) {
    if (error instanceof CaptureError && isUnknownClient(error)) return undefined;
    throw error;
  }
}

/** @throws NotHandedOut */
function refuseUnfit({ clientId, clientSecret, features }: Sibling, request: ClientRequest): void {
  const kept = request.features === undefined ? features : [];
  const privileged = kept.filter((feature) => privilegedFeatures.some((one) => one === feature));
  if (privileged.length > 0) {
    throw new NotHandedOut(
      `Client ${clientId} of this pull request has ${privileged.join(' and ')}, which this action did not give it, so it is not handed out. Name the features that it is to have in features, or delete it.`,
    );
  }
  if (clientSecret === '') {
    throw new NotHandedOut(
      `The list of clients tells no secret of client ${clientId} of this pull request. Does a proxy change what Capture answers?`,
    );
  }
}

/**
 * With an enforced expiry the current secret is handed out, which after an enforced run nobody was given, and one reset
 * gives it its end; to rotate is to hand out the new one.
 * @returns the secret to hand out
 */
async function renewSecret(
  existing: Sibling,
  request: ClientRequest,
  collaborators: Collaborators,
): Promise<string> {
  const { rotateHours, enforcedHours } = request;
  const hours = enforcedHours ?? rotateHours;
  if (hours === undefined) return existing.clientSecret;
  const newSecret = await resetSecret(existing, hours, collaborators);
  if (newSecret === undefined) {
    throw new NotHandedOut(
      `Capture left open whether the secret of client ${existing.clientId} was reset, so it is not handed out. Run again.`,
    );
  }
  return enforcedHours === undefined ? newSecret : existing.clientSecret;
}

/** Removes the clients that were too close to their end to be reused; what stays, the sweep removes. */
async function removeReplaced(siblings: readonly Sibling[], collaborators: Collaborators): Promise<void> {
  for (const sibling of siblings) {
    try {
      // Still as it was listed: a run may have taken it over at the last moment.
      const result = await removeOwn(sibling, sibling.label, collaborators);
      if (result === 'deleted')
        collaborators.info(`Deleted client ${sibling.clientId}, which was at its end.`);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      collaborators.info(
        `${error.problem} The sweep removes client ${sibling.clientId}, which is at its end.`,
      );
    }
  }
}
