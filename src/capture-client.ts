/** The capture-client command. */
import { run } from './shell/command-line.ts';

void run(process.argv.slice(2));
