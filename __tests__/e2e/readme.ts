import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');

/** The workflows and manifests of the README, each as it stands there. */
export const examples = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);

/** The workflow or manifest of that `name`. */
export function exampleOf(name: string): string {
  const found = examples.find((text) => parse(text).name === name);
  if (found === undefined) throw new Error(`the README has no example "${name}"`);
  return found;
}
