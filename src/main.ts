/** What the bundle exports: the `main` of each action, and the `post` of create, named like its folder in dist/. */
import * as z from 'zod/mini';

// zod compiles a parser on first use, which doesn't pay off for one use. Schemas are functions for the same reason: a
// step makes only those that it needs.
z.config({ jitless: true });

export { main as post } from './actions/cleanup.ts';
export { main as create } from './actions/create.ts';
export { main as delete } from './actions/delete.ts';
export { main as sweep } from './actions/sweep.ts';
export { main as unseal } from './actions/unseal.ts';

/** Loaded on demand: the other actions need none of it. */
export const check = async (): Promise<void> => (await import('./actions/check.ts')).main();
