import type { Origin } from '../lifecycle/label.ts';

/** The run that this process is a part of. */
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
  /** Whether a client can live as long as a job. A shell has no post step that deletes it. */
  readonly hasPostStep?: boolean;
  /** What's wrong with the context, in whole sentences. It's reported with the problems of the inputs. */
  readonly problems?: readonly string[];
}
