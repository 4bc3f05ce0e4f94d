import { type CreateInputs, readCreateInputs } from '../inputs/create-inputs.ts';
import type { ProvidedClient } from '../lifecycle/client-request.ts';
import { formatTime } from '../lifecycle/label.ts';
import { remarkOnInputs, reportClient } from '../reports/create-report.ts';
import { seal } from '../sealing.ts';
import { withClient } from './client.ts';
import type { Invocation } from './invocation.ts';
import { type Result, writeResult } from './results.ts';

/** Creates a client, or reuses the one of the pull request. */
export async function create(invocation: Invocation): Promise<void> {
  const { source, context, log } = invocation;
  const inputs = readCreateInputs(source, { ...context, problems: problemsOf(invocation) });
  remarkOnInputs(inputs, log);
  await withClient(inputs, invocation, async (provided, record) => {
    await writeResult(await toResult(provided, inputs, invocation), invocation);
    // The client is handed over. Nothing after this may fail.
    record.recordHandedOver(provided.client.clientId);
    reportClient(provided, inputs, context.wording, log);
  });
}

function problemsOf({ source, context, options }: Invocation): readonly string[] {
  const lacksSecret = options.format === 'dotenv' && !options.reveal && source.get('seal_key') === '';
  const problem =
    'CAPTURE_SEAL_KEY is empty, and --format dotenv leaves out the client secret, so later jobs could not use the client. Set CAPTURE_SEAL_KEY, or pass --reveal.';
  return [...(context.problems ?? []), ...(lacksSecret ? [problem] : [])];
}

/** The same names as the outputs of the action. */
async function toResult(
  { client, label, created }: ProvidedClient,
  { capture, sealKey }: CreateInputs,
  { context }: Invocation,
): Promise<Result> {
  const { clientId, clientSecret, description, features } = client;
  const { origin, runAttempt } = context;
  const captureDomain = capture.domain.origin;
  const envelope = { repositoryId: origin.id, runAttempt, expiresAt: label.expiresAt };
  const sealed =
    sealKey === undefined
      ? undefined
      : await seal({ clientId, clientSecret, captureDomain }, envelope, sealKey);
  return {
    capture_domain: captureDomain,
    client_id: clientId,
    client_secret: clientSecret,
    description,
    features,
    created,
    expires_at: formatTime(label.expiresAt),
    sealed_credentials: sealed,
  };
}
