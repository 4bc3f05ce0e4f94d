import { randomBytes } from 'node:crypto';
import { startEmulator } from '../../emulator/emulator.ts';
import { startBudget } from '../../src/capture/budget.ts';
import { type Capture, maxAnswerBytes, openCapture } from '../../src/capture/client.ts';
import { systemClock } from '../../src/capture/clock.ts';
import { parseCaptureDomain } from '../../src/capture/domain.ts';
import { openTransport } from '../../src/capture/transport.ts';

/** A Capture application whose owner we are: an emulated one, or a live tenant that the environment names. */
export interface Tenant {
  readonly domain: URL;
  readonly owner: Owner;
  /** Begins the description of every client that this run makes, and of no other. */
  readonly prefix: string;
  /** The action's own client, as the owner or as another. */
  connect(credentials?: Owner, authScheme?: 'basic-auth' | 'janrain-signed'): Promise<Connection>;
  /** Deletes every client that this run made and ends. Says how many there were. */
  leave(): Promise<number>;
}

interface Owner {
  readonly clientId: string;
  readonly clientSecret: string;
}

interface Connection extends AsyncDisposable {
  readonly capture: Capture;
}

const variables = ['CAPTURE_DOMAIN', 'OWNER_CLIENT_ID', 'OWNER_CLIENT_SECRET'] as const;
const budgetMs = 60_000;

/** Does the environment name a live tenant? */
export function isLive(): boolean {
  return variables.every((name) => process.env[name]);
}

export async function enterEmulator(): Promise<Tenant> {
  const emulator = await startEmulator();
  const { client_id, client_secret } = emulator.owner;
  const credentials = { clientId: client_id, clientSecret: client_secret };
  return enter(new URL(emulator.domain), credentials, () => emulator.close());
}

/** @throws RangeError if CAPTURE_DOMAIN is none */
export async function enterLiveTenant(): Promise<Tenant> {
  const [domain = '', clientId = '', clientSecret = ''] = variables.map((name) => process.env[name]);
  return enter(parseCaptureDomain(domain), { clientId, clientSecret }, async () => {});
}

function enter(domain: URL, owner: Owner, close: () => Promise<void>): Tenant {
  const prefix = `capture-client-action contract ${randomBytes(6).toString('hex')}`;
  const connect: Tenant['connect'] = async (credentials = owner, authScheme = 'basic-auth') => {
    const transport = openTransport(domain, proxies(), maxAnswerBytes);
    const retries = { budget: startBudget(budgetMs, systemClock), clock: systemClock, random: Math.random };
    const access = { domain, owner: credentials, authScheme };
    const options = { ...access, ...retries, onRetry: () => {}, transport, userAgent: prefix };
    return { capture: openCapture(options), [Symbol.asyncDispose]: () => transport.close() };
  };
  const leave = async (): Promise<number> => {
    try {
      await using owners = await connect();
      return await removeAll(owners.capture, prefix);
    } finally {
      await close();
    }
  };
  return { domain, owner, prefix, connect, leave };
}

async function removeAll(capture: Capture, prefix: string): Promise<number> {
  const { picked } = await capture.listClients(({ clientId, description, features }) =>
    description.startsWith(prefix) ? { clientId, features } : undefined,
  );
  for (const { clientId, features } of picked) {
    if (features.includes('owner')) await capture.setFeatures(clientId, []);
    await capture.deleteClient(clientId);
  }
  return picked.length;
}

function proxies(): { httpProxy: string; httpsProxy: string; noProxy: string } {
  const read = (name: string): string => process.env[name] || process.env[name.toUpperCase()] || '';
  return { httpProxy: read('http_proxy'), httpsProxy: read('https_proxy'), noProxy: read('no_proxy') };
}
