import type { ConnectionOptions } from '../capture/connection.ts';
import { type Environment, readRoute } from '../capture/route.ts';
import { userAgent } from '../github/context.ts';
import type { CaptureInputs, InputSource } from '../inputs/inputs.ts';
import type { RunContext } from '../inputs/run-context.ts';
import type { RunFlags } from './context.ts';
import type { CommandLog } from './log.ts';
import type { ResultOptions } from './results.ts';

/** What every command starts with. */
export interface Invocation {
  readonly env: Environment;
  readonly source: InputSource;
  /** Inputs that a flag gave. */
  readonly flags: readonly string[];
  readonly context: RunContext;
  readonly log: CommandLog;
  /** Aborts with the first signal that asks this process to end. The reason is its name. */
  readonly signal: AbortSignal;
  readonly options: Options;
  /** The program to run and its arguments. */
  readonly program: readonly string[];
}

/** The options of all commands besides their inputs. */
export interface Options extends RunFlags, ResultOptions {
  /** `NAME=client_id` */
  readonly env?: readonly string[];
  /** Undefined: only what goes to no terminal. */
  readonly redact?: boolean;
}

/** How to reach Capture. */
export function connectionOf(
  { env, context, log }: Invocation,
  { timeoutMs, ...access }: CaptureInputs,
): ConnectionOptions {
  return { access, timeoutMs, route: readRoute(env), userAgent: userAgent(context), log };
}
