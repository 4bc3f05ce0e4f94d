import './json-modules.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionsMetadataProvider, ContextProviderConfig } from '@actions/languageservice';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';
import { type Finding, type Piece, withoutCacheMode } from './pieces.ts';

// Needs the hook above.
const { validate } = await import('@actions/languageservice');
const { DescriptionDictionary, data } = await import('@actions/expressions');

type Steps = InstanceType<typeof DescriptionDictionary>;

interface Step {
  readonly id: string;
  readonly uses?: { readonly value: string };
}

interface Manifest {
  name: string;
  description: string;
  inputs?: Record<string, { description: string; required?: boolean; default?: string }>;
  outputs?: Record<string, { description: string }>;
}

/** Returns the folder of one of this repository's actions; undefined for any other action. */
function folderOf(uses: string): string | undefined {
  const [, path] = /^(?:org\/capture-client-action(?=[/@])|\.)\/?([^@]*)(?:@.*)?$/.exec(uses) ?? [];
  return path;
}

function readManifest(root: string, folder: string): Manifest | undefined {
  try {
    return parse(readFileSync(join(root, folder, 'action.yml'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Checks with GitHub's own rules, which include the inputs and outputs of this repository's actions. */
export async function checkWithLanguageService(root: string, piece: Piece): Promise<Finding[]> {
  const actionsMetadataProvider: ActionsMetadataProvider = {
    async fetchActionMetadata({ owner, name, path = '', ref }) {
      const folder = folderOf(`${owner}/${name}/${path}@${ref}`);
      return folder === undefined ? undefined : readManifest(root, folder);
    },
  };
  const contextProviderConfig: ContextProviderConfig = {
    getContext: async (name, known, { job }) =>
      name === 'steps' && known !== undefined ? withOutputs(root, known, job?.steps ?? []) : undefined,
  };
  // The service caches what it parses by this name.
  const folder = `file:///${piece.file}`;
  const uri = piece.kind === 'manifest' ? `${folder}/action.yml` : `${folder}/.github/workflows/piece.yml`;
  const document = TextDocument.create(uri, 'yaml', 0, withoutCacheMode(piece.text));
  const found = await validate(document, { actionsMetadataProvider, contextProviderConfig });
  return found
    .filter(({ severity = 1 }) => severity <= 2)
    .map(({ range, message }) => ({
      file: piece.file,
      line: range.start.line + 1,
      message: String(message),
    }))
    .filter(({ message }) => !isAboutForeignAction(message) && !isAboutPullRequests(message, piece));
}

/** The service can't know the inputs of actions from other repositories. */
function isAboutForeignAction(message: string): boolean {
  const [, uses] = /^Unable to resolve action `([^`]*)`/.exec(message) ?? [];
  return uses !== undefined && folderOf(uses) === undefined;
}

/** The service doesn't know that the pull requests of a `workflow_run` have items. */
function isAboutPullRequests(message: string, { text }: Piece): boolean {
  return message === 'Context access might be invalid: 0' && text.includes('workflow_run.pull_requests[0]');
}

/** Gives each step of this repository's actions the outputs of its manifest. */
function withOutputs(root: string, known: Steps, steps: readonly Step[]): Steps {
  const folders = new Map(steps.map((step) => [step.id, folderOf(step.uses?.value ?? '')]));
  const pairs = known.pairs().map((pair) => {
    const folder = folders.get(pair.key);
    const manifest = folder === undefined ? undefined : readManifest(root, folder);
    if (manifest === undefined) return pair;
    const names = Object.keys(manifest.outputs ?? {}).map((key) => ({ key, value: new data.Null() }));
    const outputs = { key: 'outputs', value: new DescriptionDictionary(...names) };
    return { ...pair, value: new DescriptionDictionary(outputs) };
  });
  return new DescriptionDictionary(...pairs);
}
