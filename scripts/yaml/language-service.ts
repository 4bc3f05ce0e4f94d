import './json-modules.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionsMetadataProvider, ContextProviderConfig } from '@actions/languageservice';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';
import { type Finding, locate, type Piece } from './pieces.ts';

// Loaded when the hook above is in place.
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

/** The folder of one of our own actions; undefined for an action of somebody else. */
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

/** Checks a piece with GitHub's own rules, inputs and outputs of our own actions included. */
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
  // What the service has parsed it keeps by this name.
  const folder = `file:///${piece.file}/${piece.lineBefore}`;
  const uri = piece.kind === 'manifest' ? `${folder}/action.yml` : `${folder}/.github/workflows/piece.yml`;
  const document = TextDocument.create(uri, 'yaml', 0, piece.text);
  const found = await validate(document, { actionsMetadataProvider, contextProviderConfig });
  return found
    .filter(({ severity = 1 }) => severity <= 2)
    .map(({ range, message }) => locate(piece, range.start.line + 1, String(message)))
    .filter(({ message }) => !isAboutForeignAction(message));
}

/** The manifests of others are not here. */
function isAboutForeignAction(message: string): boolean {
  const [, uses] = /^Unable to resolve action `([^`]*)`/.exec(message) ?? [];
  return uses !== undefined && folderOf(uses) === undefined;
}

/** A step of one of our own actions has the outputs of its manifest, and no others. */
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
