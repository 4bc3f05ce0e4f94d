/**
 * Checks all manifests and workflows, examples included: `npm run lint:yaml [-- folder]`, by default the project.
 * `--without-zizmor` leaves out the only check that needs Python.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkWithActionlint } from './yaml/actionlint.ts';
import { checkWithLanguageService } from './yaml/language-service.ts';
import { type Finding, piecesOf } from './yaml/pieces.ts';
import { checkWithZizmor } from './yaml/zizmor.ts';

const { values, positionals } = parseArgs({
  options: { 'without-zizmor': { type: 'boolean' } },
  allowPositionals: true,
});
const root = resolve(positionals[0] ?? '.');
const pieces = piecesOf(root);
const findings: Finding[] = [];
for (const piece of pieces) {
  findings.push(...(await checkWithLanguageService(root, piece)), ...(await checkWithActionlint(piece)));
}
if (!values['without-zizmor']) findings.push(...checkWithZizmor(pieces));

for (const { file, line, message } of findings) console.error(`${file}:${line}: ${message}`);
console.log(`${pieces.length} manifests and workflows checked, ${findings.length} findings.`);
process.exitCode = findings.length > 0 ? 1 : 0;
