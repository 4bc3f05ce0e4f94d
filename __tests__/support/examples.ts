import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../examples');

/** The paths of all GitHub workflows and manifests in examples/, for example `pull-request/preview.yml`. */
export const examplePaths = globSync('**/*.yml', { cwd: folder })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => !/^(?:gitlab|azure-pipelines|buildkite)\//.test(path))
  .sort();

/** The text of an example. */
export function readExample(path: string): string {
  return readFileSync(join(folder, path), 'utf8');
}
