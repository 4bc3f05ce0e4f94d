import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The parts of a JavaScript action's manifest that the runner uses. */
export interface Manifest {
  readonly name: string;
  /** Each input's default, with `${{ … }}` not yet evaluated. Empty if the manifest has none, as on the runner. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly main: string;
  readonly post: string | undefined;
}

interface Written {
  readonly name?: string;
  readonly inputs?: Readonly<Record<string, { readonly default?: unknown } | null>>;
  readonly runs: { readonly using: string; readonly main: string; readonly post?: string };
}

/** What the stand-in runs. The runner also knows pre, pre-if, and post-if, and rejects any other key. */
const supported = ['using', 'main', 'post'];

/** Reads action.yml in a folder. */
export function readManifest(folder: string): Manifest {
  const { name = '', inputs, runs } = parse(readFileSync(join(folder, 'action.yml'), 'utf8')) as Written;
  const others = Object.keys(runs).filter((key) => !supported.includes(key));
  if (others.length > 0) throw new Error(`The stand-in for the runner doesn't support ${others.join(', ')}.`);
  const defaults = Object.entries(inputs ?? {}).map(
    ([input, declared]) => [input, String(declared?.default ?? '')] as const,
  );
  return { name, inputs: new Map(defaults), main: runs.main, post: runs.post };
}

/** Replaces each `${{ expression }}` that the map has; others stay as they are. */
export function evaluate(value: string, expressions: Record<string, string>): string {
  return value.replace(
    /\$\{\{(.*?)\}\}/gs,
    (whole, expression: string) => expressions[expression.trim()] ?? whole,
  );
}
