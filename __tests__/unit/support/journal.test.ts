import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readJournal, recordInJournal } from '../../support/runner/journal.ts';
import { action, newJob, temporaryFolder } from './fixture.ts';

/** Every way to write that the observer knows, and what comes back from it. */
const writes = `
  import { appendFile as appendLater, writeFile } from 'node:fs/promises';
  import { appendFileSync, writeFileSync } from 'node:fs';
  const told = [];
  told.push(process.stdout.write('one\\n', () => {}));
  console.error('two');
  told.push(fs.appendFileSync(env.GITHUB_STATE, 'a=1\\n'));
  told.push(appendFileSync(env.GITHUB_OUTPUT, Buffer.from('b=2\\n')));
  told.push(await writeFile(env.GITHUB_STEP_SUMMARY, '# ö', { encoding: 'utf8' }));
  told.push(await fs.promises.appendFile(env.GITHUB_STEP_SUMMARY, '!'));
  told.push(await appendLater(env.GITHUB_ENV, new Uint8Array([67, 61, 51, 10])));
  await new Promise((done) => told.push(fs.appendFile(env.GITHUB_STATE, 'd=4\\n', 'utf8', done)));
  await new Promise((done) => fs.writeFile(env.GITHUB_OUTPUT, 'e=5\\n', (error) => done(told.push(error))));
  told.push(writeFileSync(env.GITHUB_OUTPUT, 'f=6\\n', { flag: 'a' }));
  // Writes that fail are no writes.
  const once = { flag: 'wx' };
  try { fs.writeFileSync(env.GITHUB_OUTPUT, 'x', once); } catch (error) { told.push(error.code); }
  told.push(await writeFile(env.GITHUB_OUTPUT, 'x', once).catch((error) => error.code));
  await new Promise((done) => fs.writeFile(env.GITHUB_OUTPUT, 'x', once, (error) => done(told.push(error.code))));
  fs.writeFileSync(env.RUNNER_TEMP + '/other', 'not a command file');
  for (const path of ['/nowhere/at/all', 7777]) {
    try { fs.writeFileSync(path, 'x'); } catch (error) { told.push(error.code); }
  }
  told.push(await fs.promises.writeFile('/nowhere/at/all', 'x').catch((error) => error.code));
  await new Promise((done) => fs.writeFile('/nowhere/at/all', 'x', (error) => done(told.push(error.code))));
  try { fs.appendFile(env.GITHUB_STATE, 'no callback'); } catch (error) { told.push(error.code); }
  try { process.stdout.write(null); } catch (error) { told.push(error.code); }
  told.push(fs.writeFileSync.name, fs.writeFileSync.length, process.stdout.write.length);
  process.stdout.write('c2l4Cg==', 'base64');
  process.stdout.write(JSON.stringify(told) + '\\n');
`;

describe('the journal', () => {
  test('has every write in order, each once', async () => {
    const journal = join(temporaryFolder(), 'journal of äll & more.jsonl');
    const result = await newJob().step({ action: action({ main: writes }), journal });
    expect(result.stderr).toBe('two\n');
    expect(readJournal(journal).slice(0, -1)).toEqual([
      { stream: 'stdout', text: 'one\n' },
      { stream: 'stderr', text: 'two\n' },
      { file: 'GITHUB_STATE', text: 'a=1\n' },
      { file: 'GITHUB_OUTPUT', text: 'b=2\n' },
      { file: 'GITHUB_STEP_SUMMARY', text: '# ö' },
      { file: 'GITHUB_STEP_SUMMARY', text: '!' },
      { file: 'GITHUB_ENV', text: 'C=3\n' },
      { file: 'GITHUB_STATE', text: 'd=4\n' },
      { file: 'GITHUB_OUTPUT', text: 'e=5\n' },
      { file: 'GITHUB_OUTPUT', text: 'f=6\n' },
      { stream: 'stdout', text: 'six\n' },
    ]);
  });

  test('changes nothing', async () => {
    const observed = await newJob().step({
      action: action({ main: writes }),
      journal: join(temporaryFolder(), 'journal.jsonl'),
    });
    const alone = await newJob().step({ action: action({ main: writes }) });
    // The two streams may mix differently in the log each time.
    const varying = { durationMs: expect.any(Number), log: expect.any(String) };
    expect(observed).toEqual({ ...alone, ...varying });
    expect(alone.conclusion).toBe('success');
  });

  test('changes nothing of the environment', async () => {
    const main = 'say(Object.keys(env).toSorted().join());';
    const journal = join(temporaryFolder(), 'journal.jsonl');
    const observed = await newJob().step({ action: action({ main }), journal });
    expect(observed.stdout).toBe((await newJob().step({ action: action({ main }) })).stdout);
  });

  test('that cannot be written changes nothing either', async () => {
    const result = await newJob().step({ action: action({ main: 'say("x");' }), journal: temporaryFolder() });
    expect(result).toMatchObject({ conclusion: 'success', stdout: 'x\n' });
  });

  test('has main and post, and what a harness adds, in the order in which it problem', async () => {
    const journal = join(temporaryFolder(), 'journal.jsonl');
    const server = createServer((request, response) => {
      recordInJournal(journal, { http: `${request.method} ${request.url}` });
      response.end('ok');
    }).listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const ask = `await (await fetch('http://127.0.0.1:${(server.address() as AddressInfo).port}/x')).text();`;
    try {
      const job = newJob();
      const main = `append('GITHUB_STATE', 'a=1\\n'); ${ask} say('::add-mask::x'); append('GITHUB_OUTPUT', 'b=2\\n');`;
      await job.step({ action: action({ main, post: `say('post'); ${ask}` }), journal });
      await job.post();
    } finally {
      server.close();
    }
    expect(readJournal(journal)).toEqual([
      { file: 'GITHUB_STATE', text: 'a=1\n' },
      { http: 'GET /x' },
      { stream: 'stdout', text: '::add-mask::x\n' },
      { file: 'GITHUB_OUTPUT', text: 'b=2\n' },
      { stream: 'stdout', text: 'post\n' },
      { http: 'GET /x' },
    ]);
  });

  test('is empty where there is none, and keeps what was there', () => {
    const journal = join(temporaryFolder(), 'journal.jsonl');
    expect(readJournal(journal)).toEqual([]);
    appendFileSync(journal, '{"http":"GET /"}\n');
    recordInJournal(journal, { file: 'GITHUB_ENV', text: 'a\nb' });
    expect(readJournal(journal)).toEqual([{ http: 'GET /' }, { file: 'GITHUB_ENV', text: 'a\nb' }]);
  });
});
