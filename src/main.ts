/** What the bundle offers: the `main` and `post` of each action, under the name of its folder in dist/. */
import * as z from 'zod/mini';

// zod would compile each parser when it is first used; here most are used once. All schemas are functions for the same
// reason: a step makes the few that it needs.
z.config({ jitless: true });

export { main as cleanup } from './actions/cleanup.ts';
export { main as create } from './actions/create.ts';
export { main as delete } from './actions/delete.ts';
export { main as sweep } from './actions/sweep.ts';
export { main as unseal } from './actions/unseal.ts';
