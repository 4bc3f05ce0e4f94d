import type { Target } from '../lifecycle/delete.ts';
import {
  captureInputs,
  type InputSource,
  type Rule,
  readInputs,
  rejectMissingPullRequest,
  type Values,
} from './inputs.ts';
import type { RunContext } from './run-context.ts';

/** @throws InputError with every problem */
export function readDeleteInputs(source: InputSource, context: RunContext) {
  const values = readInputs('delete', rules, { source, context });
  return { capture: captureInputs(values), target: targetOf(values, context) };
}

/** The rules made sure that there is exactly one target. */
function targetOf(values: Values<'delete'>, context: RunContext): Target {
  const { client_id, lifetime, name } = values;
  if (client_id !== undefined) return { clientId: client_id };
  if (lifetime !== 'pull_request') return { purpose: { lifetime: 'run', runId: context.runId }, name };
  const pullRequest = (values.pull_request ?? context.pullRequest) as number;
  return { purpose: { lifetime, pullRequest }, name };
}

const rejectWithoutLifetime =
  (extra: 'name' | 'pull_request'): Rule<'delete'> =>
  ({ isGiven }, { wording: { input } }) =>
    isGiven('client_id') && !isGiven('lifetime') && isGiven(extra)
      ? `${input(extra)} has no effect with ${input('client_id')}. Remove it, or set ${input('lifetime')} instead of ${input('client_id')}.`
      : undefined;

const rules: readonly Rule<'delete'>[] = [
  rejectMissingPullRequest,

  function rejectMissingTarget({ isGiven }, { wording: { input } }) {
    if (isGiven('client_id') || isGiven('lifetime')) return undefined;
    return `${input('client_id')} is empty. Check that the step that creates the client ran, and that ${input('client_id')} refers to its output. To delete all clients of this run or pull request, set ${input('lifetime')}.`;
  },

  function rejectDoubleTarget({ isGiven }, { wording: { input } }) {
    if (!isGiven('client_id') || !isGiven('lifetime')) return undefined;
    return `${input('client_id')} and ${input('lifetime')} exclude each other. Remove ${input('lifetime')} to delete one client, or ${input('client_id')} to delete all clients of this run or pull request.`;
  },

  rejectWithoutLifetime('name'),
  rejectWithoutLifetime('pull_request'),

  function rejectOtherRun({ values: { lifetime }, isGiven }, { wording: { input, setting } }) {
    if (lifetime !== 'run' || isGiven('client_id') || !isGiven('pull_request')) return undefined;
    return `${input('pull_request')} has no effect with ${input('lifetime')} run, which means this workflow run. Remove it, or set ${setting('lifetime', 'pull_request')}.`;
  },
];
