import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The licenses of all packages that a bundle was made of.
 * @param sources the files that went into it, as its source maps name them
 * @throws Error if a package has no licence file
 */
export function licensesOf(sources: readonly string[], root: string): string {
  const names = new Set(sources.map(packageOf).filter((name) => name !== undefined));
  return [...names]
    .sort()
    .map((name) => `${name}\n${'='.repeat(name.length)}\n\n${licenceOf(join(root, 'node_modules', name))}\n`)
    .join('\n');
}

/** Stand-ins, which lie deeper than what they stand in for, are our own. */
function packageOf(source: string): string | undefined {
  const [, ...inPackages] = source.split('node_modules/');
  const [path] = inPackages;
  if (path === undefined || inPackages.length > 1) return undefined;
  return path.split('/', path.startsWith('@') ? 2 : 1).join('/');
}

function licenceOf(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${folder} has no licence`);
  return readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
}
