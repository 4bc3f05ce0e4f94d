/**
 * Replaces the placeholder `org` by the owner of a fork, in every file that names this repository:
 * `npm run set-owner -- OWNER`. Afterward, `npm run build` brings dist/ up to date.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Also where a regular expression has it. */
const placeholder = /(?<![\w.-])org(?=\\?\/capture-client-action\b)/g;
/** What only explains the placeholder, in a quotation or not, with the line break before it. */
const explanation = /\n(?:> )?<!-- placeholder -->.*?<!-- \/placeholder -->/gs;

/** Replaces the placeholder in a text, and removes what explains it. */
export function replaceOwner(text: string, owner: string): string {
  return text.replaceAll(explanation, '').replaceAll(placeholder, owner);
}

/** The text files that can name this repository, but for this one and its test. dist/ is built from others. */
export function filesWithOwner(root: string): string[] {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  return files.filter((file) => {
    const isOther = /^dist\/|^package-lock\.json$|^scripts\/set-owner\.ts$|\/owner\.test\.ts$/.test(file);
    return !isOther && existsSync(join(root, file)) && statSync(join(root, file)).isFile();
  });
}

/** @returns the files that were changed */
export function setOwner(root: string, owner: string): string[] {
  return filesWithOwner(root).filter((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const changed = replaceOwner(text, owner);
    if (changed !== text) writeFileSync(join(root, file), changed);
    return changed !== text;
  });
}

if (import.meta.main) {
  const [owner = ''] = process.argv.slice(2);
  if (/^[a-z\d](?:[a-z\d-]{0,37}[a-z\d])?$/i.test(owner)) {
    for (const file of setOwner(resolve(import.meta.dirname, '..'), owner)) console.log(file);
  } else {
    console.error('Pass the name of the organization or user that owns the fork: npm run set-owner -- OWNER');
    process.exitCode = 2;
  }
}
