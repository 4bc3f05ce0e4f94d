import { parseCommandLine, UsageError, usage } from './command-line.ts';
import { type Emulator, type EmulatorOptions, type Fault, startEmulator } from './emulator.ts';

async function main(): Promise<void> {
  try {
    const { help, options, faults } = parseCommandLine(process.argv.slice(2));
    if (help) console.log(usage(command()));
    else await run(options, faults);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

async function run(options: EmulatorOptions, faults: Fault[]): Promise<void> {
  const emulator = await startEmulator(options);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => emulator.close());
  try {
    for (const fault of faults) emulator.inject(fault);
  } catch (error) {
    await emulator.close();
    throw new UsageError(`--fault: ${(error as Error).message}`, { cause: error });
  }
  console.log(introduction(emulator));
}

function introduction({ domain, owner }: Emulator): string {
  return [
    'An emulated Capture server is running. It keeps everything in memory. The credentials work only here.',
    '',
    `  capture_domain:       ${domain}`,
    `  owner_client_id:      ${owner.client_id}`,
    `  owner_client_secret:  ${owner.client_secret}`,
    '',
    'To stop it, press Ctrl+C.',
  ].join('\n');
}

/** The package has this file as a bundle. */
function command(): string {
  return process.argv[1]?.endsWith('.ts') ? 'node emulator/main.ts' : 'capture-emulator';
}

void main();
