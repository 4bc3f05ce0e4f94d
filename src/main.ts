/** What the bundle exports: the `main` of each action, and the `post` of create and check, named like its folder in dist/. */
import { create as createClient } from './commands/create.ts';
import { runPostStep, runStep } from './github/step.ts';

export const create = () => runStep(createClient);
export const post = runPostStep;

// Most steps create a client, and don't load what only the others need.
export const check = () => runStep(async (host) => (await import('./commands/check.ts')).check(host));
export const configure = () =>
  runStep(async (host) => (await import('./commands/configure.ts')).configure(host));
export const sweep = () => runStep(async (host) => (await import('./commands/sweep.ts')).sweepCommand(host));
export const unseal = () =>
  runStep(async (host) => (await import('./commands/unseal.ts')).unsealCommand(host));
const deleteClients = () =>
  runStep(async (host) => (await import('./commands/delete.ts')).deleteCommand(host));

export { deleteClients as delete };
