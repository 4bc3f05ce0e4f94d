import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulator } from '../../../emulator/emulator.ts';
import { type Capture, maxResponseBytes, openCapture } from '../../../src/capture/client.ts';
import { systemClock } from '../../../src/capture/clock.ts';
import { parseCaptureDomain } from '../../../src/capture/domain.ts';
import { startTimeLimit } from '../../../src/capture/time-limit.ts';
import { openTransport } from '../../../src/capture/transport.ts';

/** A Capture application whose owner we are: an emulated one, or a live tenant that the environment names. */
export interface Tenant {
  readonly domain: URL;
  readonly owner: Owner;
  /** Begins the description of every client that this run makes, and of no other. */
  readonly prefix: string;
  /** The action's own client, as the owner or as another. */
  connect(credentials?: Owner, authScheme?: 'basic-auth' | 'janrain-signed'): Promise<Connection>;
  /** Lets that much time pass for the tenant: an emulated one at once, a live one truly. */
  pass(ms: number): Promise<void>;
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
/** Begins the description of every client that any run makes. */
const commonPrefix = 'capture-client-action contract ';

/** Set by `npm run test:live` alone: the names of a tenant may be in the environment for something else. */
export const consent = 'CONTRACT_LIVE';

/** Is a live tenant to be asked? */
export function isLive(): boolean {
  return process.env[consent] === '1';
}

export async function enterEmulator(): Promise<Tenant> {
  let passedMs = 0;
  const emulator = await startEmulator({ now: () => Date.now() + passedMs });
  const { client_id, client_secret } = emulator.owner;
  return {
    ...enter(new URL(emulator.domain), { clientId: client_id, clientSecret: client_secret }, () =>
      emulator.close(),
    ),
    pass: async (ms) => {
      passedMs += ms;
    },
  };
}

/** @throws RangeError if CAPTURE_DOMAIN is none */
export function enterLiveTenant(): Tenant {
  const [domain = '', clientId = '', clientSecret = ''] = variables.map((name) => process.env[name]);
  return enter(parseCaptureDomain(domain), { clientId, clientSecret }, async () => {});
}

/** Deletes every client that a run, this one or one before, has left on the live tenant. Says how many there were. */
export async function removeLeftovers(): Promise<number> {
  await using owner = await enterLiveTenant().connect();
  return await removeAll(owner.capture, commonPrefix);
}

function enter(domain: URL, owner: Owner, close: () => Promise<void>): Tenant {
  const prefix = `${commonPrefix}${randomBytes(6).toString('hex')}`;
  const connect: Tenant['connect'] = async (credentials = owner, authScheme = 'basic-auth') => {
    const transport = openTransport(domain, proxies(), maxResponseBytes);
    const retries = {
      timeLimit: startTimeLimit(budgetMs, systemClock),
      clock: systemClock,
      random: Math.random,
    };
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
  return { domain, owner, prefix, connect, pass: (ms) => sleep(ms), leave };
}

/** @throws AggregateError if any of them is still there, when all have been tried */
async function removeAll(capture: Capture, prefix: string): Promise<number> {
  const { picked } = await capture.listClients(({ clientId, description, features }) =>
    description.startsWith(prefix) ? { clientId, features } : undefined,
  );
  const failures: unknown[] = [];
  for (const { clientId, features } of picked) {
    try {
      // Owner clients cannot be deleted.
      if (features.includes('owner')) await capture.setFeatures(clientId, []);
      await capture.deleteClient(clientId);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} clients are still there`);
  return picked.length;
}

function proxies(): { httpProxy: string; httpsProxy: string; noProxy: string } {
  const read = (name: string): string => process.env[name] || process.env[name.toUpperCase()] || '';
  return { httpProxy: read('http_proxy'), httpsProxy: read('https_proxy'), noProxy: read('no_proxy') };
}
