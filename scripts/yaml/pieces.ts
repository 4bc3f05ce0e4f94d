import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A workflow or a manifest to check. */
export interface Piece {
  /** Relative to the root. */
  readonly file: string;
  readonly kind: 'workflow' | 'manifest';
  readonly text: string;
}

/** A problem that a check found. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Leaves out a key of September 2026 that linters don't know yet. Lines keep their numbers. */
export function withoutCacheMode(text: string): string {
  return text.replace(/^cache-mode: .*$/m, '');
}

/** All manifests and workflows of the project and of its examples. Documents quote only those, which a test checks. */
export function piecesOf(root: string): Piece[] {
  const find = (...patterns: string[]): string[] =>
    globSync(patterns, { cwd: root, exclude: (name) => name === 'node_modules' || name === 'build' }).sort();
  const read = (kind: Piece['kind']) => (file: string) => ({
    file: file.replaceAll('\\', '/'),
    kind,
    text: readFileSync(join(root, file), 'utf8'),
  });
  const examples = find('examples/**/*.yml').filter(
    (file) => !/\/(?:gitlab|azure-pipelines|buildkite)\//.test(file.replaceAll('\\', '/')),
  );
  const isManifest = (file: string): boolean => file.endsWith('action.yml');
  return [
    ...find('action.yml', '*/action.yml').map(read('manifest')),
    ...find('.github/workflows/*.yml').map(read('workflow')),
    ...examples.filter(isManifest).map(read('manifest')),
    ...examples.filter((file) => !isManifest(file)).map(read('workflow')),
  ];
}

/** Examples follow fewer rules than the project's own files. */
export function isExample({ file }: Piece): boolean {
  return file.startsWith('examples/');
}
