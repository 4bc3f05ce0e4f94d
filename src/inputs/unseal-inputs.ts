import { type InputSource, readInputs } from './inputs.ts';
import type { RunContext } from './run-context.ts';

/** @throws InputError with every problem */
export function readUnsealInputs(source: InputSource, context: RunContext) {
  const values = readInputs('unseal', [], { source, context, notDone: 'Nothing was decrypted.' });
  return { sealedCredentials: values.sealed_credentials, sealKey: values.seal_key };
}
