/** What the bundle exports: the `main` of each action, and the `post` of create, named like its folder in dist/. */
import * as z from 'zod/mini';

// zod compiles a parser on first use, which doesn't pay off for one use. Schemas are functions for the same reason: a
// step makes only those that it needs.
z.config({ jitless: true });

export { main as create } from './actions/create.ts';

// Most steps create a client, and don't load what only the others need.
export const check = async (): Promise<void> => (await import('./actions/check.ts')).main();
export const post = async (): Promise<void> => (await import('./actions/cleanup.ts')).main();
export const sweep = async (): Promise<void> => (await import('./actions/sweep.ts')).main();
export const unseal = async (): Promise<void> => (await import('./actions/unseal.ts')).main();
const deleteClients = async (): Promise<void> => (await import('./actions/delete.ts')).main();

export { deleteClients as delete };
