import type { Label, Origin } from '../lifecycle/label.ts';

/** What inputs depend on: the run that this program is a part of. */
export interface RunContext {
  readonly origin: Origin;
  readonly runId: string;
  /** `1`, and one more each time the run is re-run. */
  readonly runAttempt: string;
  /** The default name of a client. */
  readonly workflow: string;
  /** `branch main`, `tag v1`, or undefined if there is none. */
  readonly ref: string | undefined;
  /** The number of the pull request that the run belongs to. */
  readonly pullRequest: number | undefined;
  /** That pull request's state when the run started; undefined if unknown. */
  readonly pullRequestState?: 'open' | 'closed' | undefined;
  /** Whether a repository's name can have more parts than owner/name. */
  readonly hasSubgroups?: boolean;
  /** What's wrong with the context, in whole sentences. It's reported with the problems of the inputs. */
  readonly problems?: readonly string[];
  readonly wording: Wording;
}

/** How messages refer to what differs between a workflow and a command line. */
export interface Wording {
  /** `expires_in` in a workflow, `--expires-in` on a command line. */
  input(name: string): string;
  /** `lifetime: run` in a workflow, `--lifetime run` on a command line. */
  setting(name: string, value: string): string;
  /** The problem and the fix if these required inputs are empty, in whole sentences, one item per problem. */
  missing(names: readonly string[]): string[];
  /** The same if an input needs a pull request, and the run belongs to none. */
  readonly noPullRequest: string;
  /** Who deletes a client that was handed over, and when. */
  cleanup(label: Label): string;
  /** How a later job gets the client; undefined if there's nothing to say. */
  laterJobs(label: Label, isSealed: boolean): string | undefined;
  /** Why cleanup deletes a client that wasn't handed over; goes on after a comma. */
  readonly notHandedOver: string;
  /** `run the delete action with client_id: ID` */
  deletion(clientId: string): string;
}
