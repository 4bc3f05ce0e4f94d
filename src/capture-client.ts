/** The capture-client command. */
import * as z from 'zod/mini';
import { run } from './shell/command-line.ts';

// zod would compile each parser when it is first used; here most are used once.
z.config({ jitless: true });

void run(process.argv.slice(2));
