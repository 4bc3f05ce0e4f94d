import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { root, Scenario } from '../support/scenario.ts';
import { installPythonPackages, shell } from './python.ts';

beforeAll(() => {
  installPythonPackages();
}, 300_000);

/** The command that the documents show for opening sealed credentials elsewhere. */
function documentedCommand(): string {
  const reference = readFileSync(join(root, 'docs/reference.md'), 'utf8');
  const [, command] = /^### Open sealed credentials elsewhere$.*?^```sh\n(.*?)^```$/ms.exec(reference) ?? [];
  if (command === undefined)
    throw new Error('reference.md shows no command under "Open sealed credentials elsewhere"');
  return command;
}

test.each([
  ['that ends with a newline', '\n'],
  ['without a newline', ''],
])('the command in the documents opens what create sealed, kept in a file %s', async (_, end) => {
  await using scenario = await Scenario.start();
  const seal_key = `S0v8Tn4lmPDvKNJgIDHsPdvHAn6XuAVL1CWy8jI0LzM='"$ö`;
  const { sealed_credentials, client_id, client_secret } = (await scenario.create({ seal_key })).outputs;
  const folder = mkdtempSync(join(tmpdir(), 'elsewhere-'));
  try {
    writeFileSync(join(folder, 'sealed-credentials.txt'), `${sealed_credentials}${end}`);
    const opened = JSON.parse(await shell(documentedCommand(), folder, { SEAL_KEY: seal_key }));
    expect(opened).toEqual({ client_id, client_secret, capture_domain: scenario.emulator.domain });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
