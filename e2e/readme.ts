import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');

/**
 * A workflow as it stands in the README.
 * @param name its `name`, or the heading of the section whose first example it is
 */
export function workflowOf(name: string): string {
  const examples = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)];
  const found = examples.find(({ 1: text = '', index }) => {
    const heading = readme
      .slice(0, index)
      .match(/^#+ .*$/gm)
      ?.at(-1);
    return parse(text).name === name || heading?.replace(/^#+ /, '') === name;
  });
  if (found?.[1] === undefined) throw new Error(`the README has no workflow "${name}"`);
  return found[1].includes('\non:') || found[1].startsWith('on:') ? found[1] : `on: push\n${found[1]}`;
}
