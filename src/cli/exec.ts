import { seePendingSignals } from '../github/signals.ts';
import { readCreateInputs } from '../inputs/create-inputs.ts';
import type { InputSource } from '../inputs/inputs.ts';
import { throwIfCanceled } from '../lifecycle/cancellation.ts';
import { remarkOnInputs, reportClient } from '../reports/create-report.ts';
import type { SealedClient } from '../sealing.ts';
import { runProgram } from './child.ts';
import { childEnvironment, parseVariableNames, type VariableNames } from './child-environment.ts';
import { withClient } from './client.ts';
import type { Invocation } from './invocation.ts';
import { openSealed } from './unseal.ts';
import { flagOf } from './wording.ts';

/** Long enough for a job, and short enough for what a killed process leaves. */
const defaultExpiry = '2h';

/**
 * Runs a program with a client of its own, or with the one in sealed credentials.
 * @returns the exit code of the program
 */
export async function exec(invocation: Invocation): Promise<number> {
  const { source, flags, context, log } = invocation;
  const { names, problems: nameProblems } = parseVariableNames(invocation.options.env);
  const problems = [...nameProblems];
  if (invocation.program[0] === '') problems.push('COMMAND is empty. Pass a program after --.');
  const isSealed = source.get('sealed_credentials') !== '';
  if (isSealed) problems.push(...flags.filter((name) => !name.startsWith('seal')).map(describeUnused));
  else if (invocation.env.CAPTURE_CLIENT_ID) problems.push(otherClient);
  const contextWithProblems = { ...context, problems: [...(context.problems ?? []), ...problems] };

  if (isSealed) {
    const unsealed = await openSealed({ ...invocation, context: contextWithProblems });
    return await run(unsealed, names, invocation, () => {});
  }
  const inputs = readCreateInputs(withExecDefaults(source), contextWithProblems);
  remarkOnInputs(inputs, log);
  return await withClient(inputs, invocation, async (provided, record) => {
    const { client } = provided;
    // Only what the user may have to act on: the client is gone soon.
    reportClient(provided, inputs, context.wording, { ...log, info() {} });
    return await run({ ...client, captureDomain: inputs.capture.domain.origin }, names, invocation, () =>
      record.recordHandedOver(client.clientId),
    );
  });
}

/** An earlier job probably meant its client to be used here. */
const otherClient =
  'CAPTURE_CLIENT_ID is set without CAPTURE_SEALED_CREDENTIALS, and exec would create another client. To use that client, set CAPTURE_SEAL_KEY where it is created. To create another one, unset CAPTURE_CLIENT_ID.';

function describeUnused(name: string): string {
  return `${flagOf(name)} has no effect with sealed credentials. Remove it.`;
}

/** A seal key without sealed credentials is there for other jobs. */
function withExecDefaults(source: InputSource): InputSource {
  const own: Readonly<Record<string, string>> = {
    lifetime: 'job',
    seal_key: '',
    expires_in: source.get('expires_in') || defaultExpiry,
  };
  const get = (name: string) => own[name] ?? source.get(name);
  return { ...source, get, getUntrimmed: (name) => own[name] ?? source.getUntrimmed(name) };
}

async function run(
  credentials: SealedClient,
  names: VariableNames,
  { env, source, program, options, log, signal }: Invocation,
  onStart: () => void,
): Promise<number> {
  await seePendingSignals();
  throwIfCanceled(signal);
  const secrets = ['owner_client_secret', 'seal_key'].map(source.get);
  return await runProgram(program, {
    env: childEnvironment(env, credentials, { names, secrets }),
    redact: options.redact,
    forms: log.forms,
    onStart,
  });
}
