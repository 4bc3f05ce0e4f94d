import type { WorkflowContext } from '../github/context.ts';
import type { Scope } from '../lifecycle/sweep.ts';
import {
  type CaptureInputs,
  type InputSource,
  parseBoolean,
  Reader,
  readCapture,
  splitList,
} from './inputs.ts';

/** The inputs of the sweep action. */
export interface SweepInputs {
  readonly capture: CaptureInputs;
  /** Undefined if there is none: then GitHub cannot be asked. */
  readonly githubToken: string | undefined;
  readonly scope: Scope;
  readonly dryRun: boolean;
}

/**
 * Reads the inputs of the sweep action. An empty input counts as not given.
 * @throws InputError with every mistake at once
 */
export function readSweepInputs(source: InputSource, context: WorkflowContext): SweepInputs {
  const reader = new Reader(source, 'sweep');
  const capture = readCapture(reader, context);
  const rest = {
    githubToken: reader.read('github_token', (text) => text),
    scope: { own: context.origin, repositories: reader.read('repositories', parseRepositories) },
    dryRun: reader.read('dry_run', parseBoolean) ?? false,
  };
  return reader.finish(capture && { capture, ...rest });
}

function parseRepositories(text: string): string[] {
  const repositories = splitList(text);
  const wrong = repositories.filter((one) => !/^[\w-]+\/(?:[\w.-]+|\*)$/.test(one));
  if (wrong.length === 0 && repositories.length > 0) return repositories;
  const given = wrong.length === 0 ? 'nothing' : wrong.map((one) => `"${one}"`).join(', ');
  throw new RangeError(`names ${given}; it takes owner/name or owner/*, separated by commas or newlines`);
}
