/**
 * Replaces the placeholder `org` by the owner of a fork, in every file that names this repository:
 * `npm run set-owner -- OWNER`. With `--pin COMMIT`, the documents and examples also pin the actions to that commit.
 * It leaves src/ and dist/ alone, so that the bundles of a fork have the same bytes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** Also where a regular expression has it. */
const placeholder = /(?<![\w.-])org(?=\\?\/capture-client-action\b)/g;
/** What only explains the placeholder, in a quotation or not, with the line break before it. */
const explanation = /\n(?:> )?<!-- placeholder -->.*?<!-- \/placeholder -->/gs;

/** Replaces the placeholder in a text, and removes what explains it. */
export function replaceOwner(text: string, owner: string): string {
  return text.replaceAll(explanation, '').replaceAll(placeholder, owner);
}

/** Pins the actions of this repository in a text, with the version as a comment, as Dependabot expects it. */
export function pin(text: string, commit: string, version: string): string {
  return text
    .replaceAll(/(?<=\/capture-client-action(?:\/[a-z]+)?@)v1\b(?![.\d])/g, `${commit} # v${version}`)
    .replaceAll(/(?<=repository: [\w-]+\/capture-client-action\n +ref: )v1$/gm, `${commit} # v${version}`);
}

/** The text files that can name this repository, but for this one and its test. */
export function filesWithOwner(root: string): string[] {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  return files.filter((file) => {
    const isOther = /^(?:dist|src)\/|^package-lock\.json$|^scripts\/set-owner\.ts$|\/owner\.test\.ts$/.test(
      file,
    );
    return !isOther && existsSync(join(root, file)) && statSync(join(root, file)).isFile();
  });
}

/**
 * @param commit what the documents and examples are pinned to, if given
 * @returns the files that were changed
 */
export function setOwner(root: string, owner: string, commit?: string): string[] {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return filesWithOwner(root).filter((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const isForUsers = /^(?:README\.md$|docs\/(?!development\/)|examples\/)/.test(file);
    const owned = replaceOwner(text, owner);
    const changed = commit !== undefined && isForUsers ? pin(owned, commit, version) : owned;
    if (changed !== text) writeFileSync(join(root, file), changed);
    return changed !== text;
  });
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ options: { pin: { type: 'string' } }, allowPositionals: true });
  const [owner = ''] = positionals;
  const isOwner = /^[a-z\d](?:[a-z\d-]{0,37}[a-z\d])?$/i.test(owner);
  if (isOwner && (values.pin === undefined || /^[\da-f]{40}$/.test(values.pin))) {
    for (const file of setOwner(resolve(import.meta.dirname, '..'), owner, values.pin)) console.log(file);
  } else {
    console.error(
      'Pass the name of the organization or user that owns the fork, and the whole hash of a commit to pin:\n' +
        'npm run set-owner -- OWNER [--pin COMMIT]',
    );
    process.exitCode = 2;
  }
}
