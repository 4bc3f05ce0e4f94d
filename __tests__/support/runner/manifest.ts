import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The parts of a JavaScript action's manifest that the runner uses. */
export interface Manifest {
  name: string;
  inputs: Map<string, ManifestInput>;
  outputs: string[];
  main: string;
  post?: string;
  postIf: PostCondition;
}

/** A declared input. */
export interface ManifestInput {
  /** With `${{ … }}` not yet evaluated. Empty if the manifest has none, as on the runner. */
  default: string;
  deprecationMessage?: string;
}

/** The supported `post-if` conditions. */
export type PostCondition = (typeof postConditions)[number];

const postConditions = ['always()', 'success()', 'failure()', 'cancelled()', '!cancelled()'] as const;
const runtimes = ['node12', 'node16', 'node20', 'node24'];
// The runner rejects any other key under `runs`, and ignores unknown keys at the top level.
const runsKeys = ['using', 'main', 'pre', 'pre-if', 'post', 'post-if'];

/** Reads action.yml (or action.yaml) in a folder. */
export function readManifest(folder: string): Manifest {
  const file = readFirst(folder, ['action.yml', 'action.yaml']);
  const document = record(parse(file.text), file.path);
  const runs = record(document.runs, `runs in ${file.path}`);
  checkRuns(runs, file.path);
  return {
    name: text(document.name),
    inputs: readInputs(document.inputs, file.path),
    outputs: Object.keys(record(document.outputs ?? {}, `outputs in ${file.path}`)),
    main: text(runs.main),
    ...(runs.post === undefined ? {} : { post: text(runs.post) }),
    postIf: postCondition(runs['post-if'], file.path),
  };
}

/** Replaces each `${{ expression }}` that the map has; others stay as they are. */
export function evaluate(value: string, expressions: Record<string, string>): string {
  return value.replace(
    /\$\{\{(.*?)\}\}/gs,
    (whole, expression: string) => expressions[expression.trim()] ?? whole,
  );
}

function readFirst(folder: string, names: string[]): { path: string; text: string } {
  for (const name of names) {
    const path = join(folder, name);
    try {
      return { path, text: readFileSync(path, 'utf8') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`Can't find 'action.yml' or 'action.yaml' under '${folder}'.`);
}

function checkRuns(runs: Record<string, unknown>, path: string): void {
  const unknown = Object.keys(runs).filter((key) => !runsKeys.includes(key));
  if (unknown.length > 0) throw new Error(`${path}: unexpected value '${unknown.join("', '")}' under runs.`);
  if (!runtimes.includes(text(runs.using))) {
    throw new Error(`${path}: runs.using is '${text(runs.using)}'. Supported: ${runtimes.join(', ')}.`);
  }
  if (text(runs.main) === '') throw new Error(`${path}: runs.main is missing.`);
  if (runs.pre !== undefined) throw new Error(`${path}: runs.pre isn't supported by this stand-in.`);
}

function readInputs(declared: unknown, path: string): Map<string, ManifestInput> {
  const inputs = new Map<string, ManifestInput>();
  for (const [name, entry] of Object.entries(record(declared ?? {}, `inputs in ${path}`))) {
    const input = record(entry ?? {}, `input ${name} in ${path}`);
    const deprecation = input.deprecationMessage;
    inputs.set(name, {
      default: text(input.default),
      ...(deprecation === undefined ? {} : { deprecationMessage: text(deprecation) }),
    });
  }
  return inputs;
}

/** The default is `always()`, unlike elsewhere in a workflow. */
function postCondition(written: unknown, path: string): PostCondition {
  const condition = text(written ?? 'always()')
    .replace(/^\s*\$\{\{(.*)\}\}\s*$/s, '$1')
    .trim();
  const known = postConditions.find((candidate) => candidate === condition);
  if (known === undefined)
    throw new Error(`${path}: post-if '${condition}' isn't supported by this stand-in.`);
  return known;
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${what}: not a mapping.`);
  return value as Record<string, unknown>;
}

function text(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}
