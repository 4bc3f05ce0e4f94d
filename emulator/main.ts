import { parseArgs } from 'node:util';
import { type Emulator, type EmulatorOptions, startEmulator } from './emulator.ts';

const USAGE = `npm run emulator -- [options]

  --port N                          listen on this port of 127.0.0.1 (default: any free one)
  --owner-client-id ID              credentials of the owner client (default: random; give both or neither)
  --owner-client-secret SECRET
  --allow-duplicate-descriptions    let several clients have the same description
  --help                            print this
`;

const OPTIONS = {
  port: { type: 'string' },
  'owner-client-id': { type: 'string' },
  'owner-client-secret': { type: 'string' },
  'allow-duplicate-descriptions': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** A command line that cannot be followed; its message is the one sentence to print. */
class UsageError extends Error {}

async function main(): Promise<void> {
  try {
    const options = readCommandLine();
    if (options === 'help') console.log(USAGE);
    else await run(options);
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

async function run(options: EmulatorOptions): Promise<void> {
  const emulator = await startEmulator(options);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => emulator.close());
  console.log(introduction(emulator));
}

function introduction({ domain, owner }: Emulator): string {
  return [
    'An emulated Capture server is running. It keeps everything in memory; its credentials are made up and open nothing else.',
    '',
    `  capture_domain:       ${domain}`,
    `  owner_client_id:      ${owner.client_id}`,
    `  owner_client_secret:  ${owner.client_secret}`,
    '',
    'Ctrl+C stops it.',
  ].join('\n');
}

function readCommandLine(): EmulatorOptions | 'help' {
  const values = parse();
  if (values.help) return 'help';
  return {
    port: readPort(values.port ?? '0'),
    uniqueDescriptions: !values['allow-duplicate-descriptions'],
    ...readOwner(values['owner-client-id'], values['owner-client-secret']),
  };
}

// The messages of parseArgs go on to say how one might have meant it; the first sentence is enough.
function parse() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    const [sentence] = messageOf(error).split(/[.\n]/);
    throw new UsageError(`${sentence}; --help lists the options.`);
  }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`--port must be a number from 0 to 65535, not "${text}".`);
}

function readOwner(id: string | undefined, secret: string | undefined): Pick<EmulatorOptions, 'owner'> {
  if (id === undefined && secret === undefined) return {};
  if (!id || !secret) throw new UsageError('--owner-client-id and --owner-client-secret go together.');
  // Basic authentication and signatures take what stands before the first colon for the id.
  if (id.includes(':')) throw new UsageError('--owner-client-id must not contain a colon.');
  return { owner: { client_id: id, client_secret: secret } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

await main();
