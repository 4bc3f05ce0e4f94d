import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The licenses of all packages in a bundle.
 * @param sources the bundle's source files, as its source map names them
 * @throws Error if a package has no license file
 */
export function licensesOf(sources: readonly string[], root: string): string {
  const packages = new Map(sources.map(packageOf).filter((found) => found !== undefined));
  return [...packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, folder]) => `${name}\n${'='.repeat(name.length)}\n\n${licenseIn(join(root, folder))}\n`)
    .join('\n');
}

/** Returns the name and the folder of a source's package. */
function packageOf(source: string): [name: string, folder: string] | undefined {
  const [, copied, path] = /^.*?(build\/)?(node_modules\/.*)$/.exec(source) ?? [];
  const [, folder, name] = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(path ?? '') ?? [];
  if (folder === undefined || name === undefined) return undefined;
  // A package inside of a copy is one of our stand-ins.
  if (copied && folder.lastIndexOf('node_modules/') > 0) return undefined;
  return [name, folder];
}

function licenseIn(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${folder} has no license`);
  return readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim();
}
