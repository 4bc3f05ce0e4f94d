import { type Client, isUnknownClient } from '../capture/client.ts';
import { CaptureError } from '../capture/errors.ts';
import { refuseIfInterrupted } from './interruption.ts';
import { formatDescription, type Label } from './label.ts';
import type { Plan } from './plan.ts';
import { type Collaborators, createExactlyOne, lowest } from './provision.ts';
import { hasToYield, isLive, listSiblings, type Sibling } from './pull-request.ts';
import { removeClient } from './remove.ts';
import { retire } from './retire.ts';
import { resetSecret } from './secret.ts';

/** What a step asks for. */
export interface Request {
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
}

/** What a step gets. */
export interface Provided {
  /** As Capture has it; its secret is the one to hand out. */
  readonly client: Client;
  readonly label: Label;
  /** False if it was there before. */
  readonly created: boolean;
}

/**
 * Gives a step its client: a new one, or for a pull request the one that it has. Nothing is announced here; until that
 * is done, a client that this made is removed by whoever comes after a failure.
 * @throws CaptureError, Interrupted
 */
export async function provide(request: Request, collaborators: Collaborators): Promise<Provided> {
  const isForPullRequest = request.label.purpose.lifetime === 'pull_request';
  // A round ends with nothing where a client went away meanwhile or had to; the time limit bounds them all.
  for (;;) {
    refuseIfInterrupted(collaborators.interrupted);
    const provided = isForPullRequest
      ? await reuseOrCreate(request, collaborators)
      : await create(request, collaborators);
    if (provided !== undefined) return provided;
  }
}

async function reuseOrCreate(request: Request, collaborators: Collaborators): Promise<Provided | undefined> {
  const siblings = await listSiblings(request.label, collaborators);
  const now = collaborators.now();
  const existing = lowest(siblings.filter((sibling) => isLive(sibling, now)));
  if (existing !== undefined) return await reuse(existing, request, collaborators);
  const provided = await create(request, collaborators, async (own) => {
    if (!(await hasToYield(own, request.label, collaborators))) return true;
    collaborators.info(`Another run made a client for the same pull request; ${own.clientId} gives way.`);
    return false;
  });
  if (provided !== undefined && siblings.length > 0) await removeReplaced(request, collaborators);
  return provided;
}

/**
 * @param mayStay whether the new client may be kept
 * @returns undefined if it may not, or if Capture left open whether its secret ends; then it is gone again
 */
async function create(
  request: Request,
  collaborators: Collaborators,
  mayStay: (own: Client) => Promise<boolean> = async () => true,
): Promise<Provided | undefined> {
  const plan = planFor(request, collaborators.newMarker());
  const client = await createExactlyOne(plan, collaborators);
  refuseIfInterrupted(collaborators.interrupted);
  const stays = (await mayStay(client)) && (await endsInTime(client, request, collaborators));
  if (stays) return { client, label: plan.label, created: true };
  await discard(client, plan, collaborators);
  return undefined;
}

/** Removes a client that this step made and did not announce; unless another run has taken it over meanwhile. */
async function discard(client: Client, plan: Plan, collaborators: Collaborators): Promise<void> {
  const { capture, journal } = collaborators;
  const isForPullRequest = plan.label.purpose.lifetime === 'pull_request';
  const { clientId } = client;
  const description = formatDescription(plan);
  const isOurs =
    !isForPullRequest || (await retire({ clientId, description }, plan.label.marker, collaborators));
  if (isOurs) await removeClient(capture, client);
  journal.nothingLeft();
}

function planFor(request: Request, marker: string): Plan {
  return {
    text: request.text.words,
    label: { ...request.label, marker },
    features: request.features ?? [],
  };
}

/** Resets the secret and throws the new one away: the original, which is handed out, lives on only for these hours. */
async function endsInTime(
  client: Client,
  { enforcedHours }: Request,
  collaborators: Collaborators,
): Promise<boolean> {
  if (enforcedHours === undefined) return true;
  return (await resetSecret(client, enforcedHours, collaborators)) !== undefined;
}

/**
 * Takes over the client that an earlier run of the pull request made: writes a fresh marker and expiry first, so that
 * nobody's clean-up takes it for its own, brings it in line with the request, and looks once more before it is handed
 * out. What the request does not name stays as it is.
 * @returns undefined if the client went away meanwhile, or had to
 */
async function reuse(
  existing: Sibling,
  request: Request,
  collaborators: Collaborators,
): Promise<Provided | undefined> {
  const { capture, mask, info, now } = collaborators;
  const { clientId } = existing;
  mask(existing);
  info(`Reusing client ${clientId} of this pull request.`);
  const label = { ...request.label, marker: collaborators.newMarker() };
  const text = request.text.given ? request.text.words : existing.text;
  try {
    await capture.setDescription(clientId, formatDescription({ text, label }));
    if (request.features !== undefined && !isSameSet(request.features, existing.features)) {
      await capture.setFeatures(clientId, request.features);
    }
    const clientSecret = await renewSecret(existing, request, collaborators);
    if (clientSecret === undefined) {
      await removeClient(capture, existing);
      return undefined;
    }
    const siblings = await listSiblings(request.label, collaborators);
    const client = siblings.find((sibling) => sibling.clientId === clientId && isLive(sibling, now()));
    return client && { client: { ...client, clientSecret }, label, created: false };
  } catch (error) {
    if (error instanceof CaptureError && isUnknownClient(error)) return undefined;
    throw error;
  }
}

/** @returns the secret to hand out; undefined if the client has to be replaced, as its secret's end is open */
async function renewSecret(
  existing: Sibling,
  request: Request,
  collaborators: Collaborators,
): Promise<string | undefined> {
  const { rotateHours, enforcedHours } = request;
  const oldSecretHours = rotateHours ?? enforcedHours;
  if (oldSecretHours === undefined) return existing.clientSecret;
  const clientSecret = await resetSecret(existing, oldSecretHours, collaborators);
  if (enforcedHours === undefined && clientSecret === undefined) throw rotationOpen(existing);
  if (enforcedHours === undefined || clientSecret === undefined) return clientSecret;
  return (await endsInTime({ ...existing, clientSecret }, request, collaborators)) ? clientSecret : undefined;
}

function rotationOpen({ clientId }: Sibling): CaptureError {
  return new CaptureError(
    `Capture left open whether the secret of client ${clientId} was rotated, so it is not handed out.`,
    'Run again.',
    { call: 'clients/reset_secret', host: '', effect: 'unknown', transient: false },
  );
}

/** Removes the clients that were too close to their end to be reused; what stays, the sweep removes. */
async function removeReplaced(request: Request, collaborators: Collaborators): Promise<void> {
  const siblings = await listSiblings(request.label, collaborators);
  for (const sibling of siblings.filter((sibling) => !isLive(sibling, collaborators.now()))) {
    try {
      await removeClient(collaborators.capture, sibling);
      collaborators.info(`Removed client ${sibling.clientId}, which was at its end.`);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      collaborators.info(
        `${error.happened} The sweep removes client ${sibling.clientId}, which is at its end.`,
      );
    }
  }
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === new Set(b).size && a.every((item) => b.includes(item));
}
