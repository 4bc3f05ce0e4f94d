import { type Capture, maxAnswerBytes, openCapture } from '../capture/client.ts';
import { systemClock } from '../capture/clock.ts';
import { type Retry, startBudget } from '../capture/retry.ts';
import { openTransport, type ProxySettings, type Transport } from '../capture/transport.ts';
import { version } from '../version.ts';
import { type Environment, EnvironmentError, type WorkflowContext } from './context.ts';
import type { CaptureInputs } from './inputs.ts';
import type { Log } from './log.ts';

/**
 * Lends a connection to Capture, whose time starts now, and closes it afterwards, whatever happened.
 * @throws EnvironmentError if the environment names a proxy that is no URL; else what `use` throws
 */
export async function withCapture<T>(
  inputs: CaptureInputs,
  context: WorkflowContext,
  env: Environment,
  log: Log,
  use: (capture: Capture) => Promise<T>,
): Promise<T> {
  const transport = open(inputs.domain, env);
  try {
    return await use(
      openCapture({
        ...inputs,
        transport,
        userAgent: userAgent(context),
        budget: startBudget(inputs.timeoutMs, systemClock),
        clock: systemClock,
        random: Math.random,
        onRetry: (retry) => log.info(describeRetry(retry)),
      }),
    );
  } finally {
    await transport.close();
  }
}

function open(domain: URL, env: Environment): Transport {
  try {
    return openTransport(domain, readProxies(env), maxAnswerBytes);
  } catch {
    // Neither the cause nor the URL is repeated: the URL may hold a password.
    throw new EnvironmentError(
      'HTTPS_PROXY or HTTP_PROXY is not a URL; it looks like http://proxy.example.com:3128.',
    );
  }
}

/** The lower-case name wins, as in curl and in the Actions toolkit. */
function readProxies(env: Environment): ProxySettings {
  const read = (name: string): string => env[name] || env[name.toUpperCase()] || '';
  return { httpProxy: read('http_proxy'), httpsProxy: read('https_proxy'), noProxy: read('no_proxy') };
}

/** Lets whoever reads Capture's access log find the run; never holds anything secret. */
function userAgent({ repository, runId }: WorkflowContext): string {
  const agent = `capture-client-action/${version} (${repository.host}/${repository.name}; run ${runId})`;
  return agent.replace(/[^\x20-\x7e]/g, '?');
}

function describeRetry({ error, waitMs, attempt }: Retry): string {
  return `${error.happened} Trying again in ${(waitMs / 1000).toFixed(1)}s (attempt ${attempt}).`;
}
