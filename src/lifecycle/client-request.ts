import type { Client } from '../capture/client.ts';
import type { CaptureSession } from '../capture/session.ts';
import { ExpectedError } from '../errors.ts';
import type { CreationRecord } from './creation-record.ts';
import type { Label } from './label.ts';
import type { Configuration } from './settings.ts';

export interface ClientRequest {
  /** The description without the label. On reuse, it replaces the old one only if the user gave it. */
  readonly text: { readonly value: string; readonly given: boolean };
  /** Undefined: none for a new client; on reuse, the ones that it has. */
  readonly features: readonly string[] | undefined;
  readonly label: Omit<Label, 'marker'>;
  /** After how many hours Capture itself invalidates the secret. Undefined: never. */
  readonly enforcedHours: number | undefined;
  /** On reuse, how many hours the old secret stays valid next to a new one. Undefined: the secret stays. */
  readonly rotateHours: number | undefined;
  readonly configuration: Configuration;
}

export interface ProvisionedClient {
  /** As Capture has it. Its secret is the one to hand over. */
  readonly client: Client;
  readonly label: Label;
  readonly created: boolean;
  /** In milliseconds since the epoch, if the secret was rotated. */
  readonly oldSecretValidUntil?: number | undefined;
  /** The names of the settings that were set. Values can be secrets. */
  readonly settings: readonly string[];
}

export interface Provisioning extends CaptureSession {
  readonly record: CreationRecord;
  readonly newMarker: () => string;
}

/** This round gave the step no client and left none; the next round may. */
export class StartOver extends ExpectedError {}
