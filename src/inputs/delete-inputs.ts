import type { WorkflowContext } from '../github/context.ts';
import type { Target } from '../lifecycle/delete.ts';
import {
  type CaptureInputs,
  type InputSource,
  oneOf,
  parseClientId,
  parseName,
  Reader,
  readCapture,
  readPullRequest,
} from './inputs.ts';

/** The inputs of the delete action. */
export interface DeleteInputs {
  readonly capture: CaptureInputs;
  readonly target: Target;
}

const lifetimes = ['run', 'pull_request'] as const;

/**
 * Reads the inputs of the delete action. An empty input counts as not given.
 * @throws InputError with every mistake at once
 */
export function readDeleteInputs(source: InputSource, context: WorkflowContext): DeleteInputs {
  const reader = new Reader(source, 'delete');
  const capture = readCapture(reader, context);
  const target = readTarget(reader, context);
  return reader.finish(capture && target && { capture, target });
}

function readTarget(reader: Reader, context: WorkflowContext): Target | undefined {
  const clientId = reader.read('client_id', parseClientId);
  const lifetime = reader.read('lifetime', (text) => oneOf(text, lifetimes));
  const name = reader.read('name', parseName);
  if (reader.isGiven('client_id') === reader.isGiven('lifetime')) {
    reader.mistakes.push(
      'client_id and lifetime: give exactly one. client_id deletes that client; lifetime: run or pull_request deletes all clients of this run or pull request.',
    );
    return undefined;
  }
  for (const extra of ['name', 'pull_request'] as const) {
    if (reader.isGiven('client_id') && reader.isGiven(extra)) {
      reader.mistakes.push(`${extra} says nothing beside client_id. Leave it out, or give lifetime instead.`);
    }
  }
  if (lifetime === 'run' && reader.isGiven('pull_request')) {
    reader.mistakes.push(
      'pull_request says nothing beside lifetime: run, which means the run of this step. Leave it out, or set lifetime: pull_request.',
    );
  }
  if (clientId !== undefined) return { clientId };
  if (lifetime === 'run') return { purpose: { lifetime, runId: context.runId }, name };
  if (lifetime === undefined) return undefined;
  const pullRequest = readPullRequest(reader, context);
  return pullRequest === undefined ? undefined : { purpose: { lifetime, pullRequest }, name };
}
