import type { CaptureError } from '../capture/capture-error.ts';
import type { Client } from '../capture/client.ts';
import { ExpectedError } from '../expected-error.ts';
import type { Label } from './label.ts';
import type { Configuration, Template } from './settings.ts';

/** The client that a step asks for. */
export interface ClientRequest {
  /** The description without the label. On reuse, it replaces the old one only if the user gave it. */
  readonly text: { readonly value: string; readonly given: boolean };
  /** Undefined: none for a new client; on reuse, the ones that it has. */
  readonly features: readonly string[] | undefined;
  readonly label: Omit<Label, 'marker'>;
  /** After how many hours Capture itself ends the secret. Undefined: never. */
  readonly enforcedHours: number | undefined;
  /** On reuse, how many hours the old secret stays valid next to a new one. Undefined: the secret stays. */
  readonly rotateHours: number | undefined;
  readonly configuration: Configuration;
}

/** The client that a step gets. */
export interface ProvidedClient {
  /** As Capture has it. Its secret is the one to hand over. */
  readonly client: Client;
  readonly label: Label;
  /** False if the client existed before. */
  readonly created: boolean;
  /** Set if the secret was rotated. Milliseconds since the epoch. */
  readonly oldSecretValidUntil?: number | undefined;
}

/** A request with its template read. */
export interface RequestWithTemplate extends ClientRequest {
  readonly template: Template;
}

/** This round gave the step no client and left none; the next round may. */
export class StartOver extends ExpectedError {
  override readonly name = 'StartOver';

  constructor(problem: string, hint: string, cause?: CaptureError) {
    super(problem, hint, { cause });
  }
}
