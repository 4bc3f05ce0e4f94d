import type { CaptureAccess } from './capture/client.ts';
import type { NetworkSettings } from './capture/network-settings.ts';
import type { InputReader, InputWords } from './inputs/read-inputs.ts';
import type { Creation } from './lifecycle/creation-record.ts';
import type { Label, Purpose } from './lifecycle/label.ts';
import type { SubjectStates, TokenInspection } from './lifecycle/sweep-plan.ts';
import type { Log } from './log.ts';

/** What a command needs from where it runs: a step of a GitHub workflow, or a shell. */
export interface Host extends InputReader {
  readonly words: Words;
  readonly log: Log;
  /** Fires when the step is canceled, or with the first signal that asks this process to end. */
  readonly signal: AbortSignal;
  readonly network: NetworkSettings;
  /** The CI system to ask about pull requests and runs. Undefined: there's nothing to ask. */
  readonly ci: Ci | undefined;
  /** Saves what cleanup needs, before it returns. */
  keep(state: SavedState): void;
  /** Hands over the result in one piece. */
  publish(result: Result): Promise<void>;
  /** Never fails. */
  summarize(summary: Summary): void;
}

/** What cleanup needs, in a process of its own that may have no inputs and another environment. */
export interface SavedState {
  readonly creation: Creation;
  readonly access: CaptureAccess;
  readonly network: NetworkSettings;
}

export interface Result {
  /** By their documented names. Those that are undefined are left out. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What a terminal shows instead of JSON. */
  readonly terminal?: string;
}

/** A CI system that knows which pull requests and runs are finished. */
export interface Ci {
  readonly name: string;
  /** @param limitMs the time for all requests */
  open(token: string | undefined, limitMs: number): Promise<CiConnection>;
}

export interface CiConnection {
  /** Asks which pull requests and runs are finished. Never fails because of the CI system. */
  ask(labels: readonly Label[]): Promise<SubjectStates>;
  inspectToken(): Promise<TokenInspection>;
}

/** What differs in messages between a workflow and a shell. The log renders the inputs that they name in backticks. */
export interface Words extends InputWords {
  /** Who deletes a client that was handed over, and when. A whole sentence. */
  cleanup(label: Label): string;
  /** How a later job gets the client; undefined if there's nothing to say. */
  laterJobs(label: Label, isSealed: boolean): string | undefined;
  /** Why cleanup deletes a client that wasn't handed over; goes on after a comma. */
  readonly notHandedOver: string;
  /** `run the delete action with client_id: ID` */
  deletion(clientId: string): string;
  /** The page of a pull request or run, if the host knows the server. */
  link(label: Pick<Label, 'origin'> & { readonly purpose: Purpose }): string | undefined;
}

export type Cell =
  | string
  | { readonly text: string; readonly url?: string | undefined; readonly isCode?: true };

export interface SummaryTable {
  readonly header?: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Summary {
  readonly title: string;
  readonly lines?: readonly string[];
  readonly table?: SummaryTable | undefined;
  readonly folded?: { readonly title: string; readonly table: SummaryTable } | undefined;
  readonly footer?: string | undefined;
}

export type Command = (host: Host) => Promise<void>;
