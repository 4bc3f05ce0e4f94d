import type { WorkflowContext } from '../github/context.ts';
import { emptySecrets, type InputSource, parseSealKey, Reader } from './inputs.ts';

/** The inputs of the unseal action. */
export interface UnsealInputs {
  readonly sealedCredentials: string;
  readonly sealKey: string;
}

/**
 * Reads the inputs of the unseal action. An empty input counts as not given.
 * @throws InputError with every mistake at once
 */
export function readUnsealInputs(source: InputSource, context: WorkflowContext): UnsealInputs {
  const reader = new Reader(source, 'unseal');
  const sealedCredentials = reader.read('sealed_credentials', (text) => text);
  const sealKey = reader.read('seal_key', parseSealKey);
  if (sealedCredentials === undefined) {
    reader.mistakes.push(
      'sealed_credentials is empty. Does the job that creates the client list it under its outputs, from steps.ID.outputs.sealed_credentials with the id of the create step, had that step a seal_key, and does this job name that job under needs?',
    );
  }
  if (!reader.isGiven('seal_key')) reader.mistakes.push(emptySecrets(['seal_key'], context));
  const inputs = sealedCredentials !== undefined && sealKey !== undefined && { sealedCredentials, sealKey };
  return reader.finish(inputs || undefined, 'Nothing was opened.');
}
