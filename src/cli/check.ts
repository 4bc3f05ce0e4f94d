import { type Connection, withCapture } from '../capture/connection.ts';
import { inspectNetworkPath } from '../capture/network-path.ts';
import { readCheckInputs } from '../inputs/check-inputs.ts';
import { checkTenant, expiryWaitMs } from '../lifecycle/check.ts';
import { newMarker } from '../lifecycle/creation.ts';
import { checkOutputs, redactResult, reportCheck } from '../reports/check-report.ts';
import { remarkOnDomain } from '../reports/domain-remark.ts';
import { withCleanup } from './client.ts';
import { gitLabApiOf } from './context.ts';
import { connectionOf, type Invocation } from './invocation.ts';
import { formatResult, writeText } from './results.ts';

/** Shows whether this command works with a tenant. Deletes what it creates, also if it's interrupted. */
export async function checkCommand(invocation: Invocation): Promise<void> {
  const { env, source, context, log, signal, options } = invocation;
  const { capture, githubToken: token, ...inputs } = readCheckInputs(source, context);
  const { mode, waitForExpiry, allowPrivilegedFeatures } = inputs;
  const { domain, owner, authScheme } = capture;
  const { origin, runId } = context;
  const apiUrl = gitLabApiOf(env, options);
  remarkOnDomain(domain, log);
  if (mode !== 'credentials')
    log.info('This check creates up to 12 clients, one at a time, and deletes them.');

  const connection = connectionOf(invocation, capture);
  await withCleanup(connection, invocation, async (record) => {
    const waitMs = waitForExpiry ? expiryWaitMs : 0;
    const checked = await withCapture({ ...connection, waitMs, signal }, (open) =>
      checkTenant(
        { mode, waitForExpiry, origin, runId },
        {
          ...open,
          owner,
          allowPrivilegedFeatures,
          log,
          signal,
          record,
          newMarker,
          inspectNetworkPath: () => inspectNetworkPath(domain, connection.route),
          inspectToken: apiUrl === undefined ? undefined : () => inspectToken(apiUrl, open),
        },
      ),
    );
    // Capture's texts can repeat a secret.
    const result = redactResult(checked, log);
    const conditions = { host: domain.host, mode, authScheme };
    const { report = '', markdown = '' } = checkOutputs(result, conditions);
    const text = options.format === 'markdown' ? `${markdown}\n` : formatResult(JSON.parse(report));
    await writeText(text, options.output);
    reportCheck(result, conditions, log);
  });

  async function inspectToken(url: string, { clock, timeLimit }: Connection) {
    const gitLab = await import('../gitlab/rest-api.ts');
    const { proxies } = connection.route;
    const access = { apiUrl: url, token, proxies, clock, limitMs: timeLimit.attemptMs() };
    return await gitLab.inspectToken(origin, access);
  }
}
