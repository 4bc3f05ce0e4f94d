/** Starts an emulator in a process of its own and prints its domain. The argument has the emulator's options as JSON. */
import { startEmulator } from '../emulator/emulator.ts';

const { domain } = await startEmulator(JSON.parse(process.argv[2] ?? '{}'));
console.log(domain);
