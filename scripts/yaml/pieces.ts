import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';

/** A workflow or a manifest, a file of its own or an example in a document. */
export interface Piece {
  /** Where a reader finds it, relative to the root. */
  readonly file: string;
  /** The line of the file that comes before its first; 0 for a file of its own. */
  readonly lineBefore: number;
  readonly kind: 'workflow' | 'manifest';
  readonly text: string;
}

/** What a check has to say about a piece. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** All manifests and workflows of the project, and all YAML examples of its documents. */
export function piecesOf(root: string): Piece[] {
  const find = (...patterns: string[]): string[] =>
    globSync(patterns, { cwd: root, exclude: (name) => /node_modules|^build$/.test(name) }).sort();
  const whole = (kind: Piece['kind']) => (file: string) => ({
    file: file.replaceAll('\\', '/'),
    lineBefore: 0,
    kind,
    text: readFileSync(join(root, file), 'utf8'),
  });
  return [
    ...find('action.yml', '*/action.yml').map(whole('manifest')),
    ...find('.github/workflows/*.yml').map(whole('workflow')),
    ...find('*.md', 'docs/**/*.md', 'emulator/*.md').flatMap((file) => examplesOf(root, join(root, file))),
  ];
}

/** The YAML examples of a document; a workflow that is not whole is completed, so that it can be checked. */
export function examplesOf(root: string, file: string): Piece[] {
  const document = readFileSync(file, 'utf8');
  return [...document.matchAll(/^```ya?ml\n(.*?)^```$/gms)].map(({ 1: text = '', index }) => {
    const line = document.slice(0, index).split('\n').length;
    const name = relative(root, file).replaceAll('\\', '/');
    const keys = Object.keys(Object(parse(text)));
    if (keys.includes('runs')) return { file: name, lineBefore: line, kind: 'manifest', text };
    if (keys.includes('on')) return { file: name, lineBefore: line, kind: 'workflow', text };
    return { file: name, lineBefore: line - 1, kind: 'workflow', text: `on: push\n${text}` };
  });
}

/** Says where in the document a finding is. */
export function locate({ file, lineBefore }: Piece, line: number, message: string): Finding {
  return { file, line: lineBefore + line, message };
}
