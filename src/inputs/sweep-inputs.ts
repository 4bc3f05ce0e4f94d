import type { Scope } from '../lifecycle/sweep.ts';
import { captureInputs, type InputSource, readInputs } from './inputs.ts';
import type { RunContext } from './run-context.ts';

/** @throws InputError with every problem */
export function readSweepInputs(source: InputSource, context: RunContext) {
  const values = readInputs('sweep', [], { source, context });
  const scope: Scope = { thisOrigin: context.origin, repositories: values.repositories };
  return { capture: captureInputs(values), githubToken: values.github_token, scope, dryRun: values.dry_run };
}
