import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readRecording, record } from '../../support/runner/recording.ts';
import { action, newJob, temporaryFolder } from './fixture.ts';

/** Every way to write that the observer knows, and what each one returns. */
const writes = `
  import { appendFile as appendLater, writeFile } from 'node:fs/promises';
  import { appendFileSync, writeFileSync } from 'node:fs';
  const results = [];
  results.push(process.stdout.write('one\\n', () => {}));
  console.error('two');
  results.push(fs.appendFileSync(env.GITHUB_STATE, 'a=1\\n'));
  results.push(appendFileSync(env.GITHUB_OUTPUT, Buffer.from('b=2\\n')));
  results.push(await writeFile(env.GITHUB_STEP_SUMMARY, '# ö', { encoding: 'utf8' }));
  results.push(await fs.promises.appendFile(env.GITHUB_STEP_SUMMARY, '!'));
  results.push(await appendLater(env.GITHUB_ENV, new Uint8Array([67, 61, 51, 10])));
  await new Promise((done) => results.push(fs.appendFile(env.GITHUB_STATE, 'd=4\\n', 'utf8', done)));
  await new Promise((done) => fs.writeFile(env.GITHUB_OUTPUT, 'e=5\\n', (error) => done(results.push(error))));
  results.push(writeFileSync(env.GITHUB_OUTPUT, 'f=6\\n', { flag: 'a' }));
  // Failed writes aren't recorded.
  const once = { flag: 'wx' };
  try { fs.writeFileSync(env.GITHUB_OUTPUT, 'x', once); } catch (error) { results.push(error.code); }
  results.push(await writeFile(env.GITHUB_OUTPUT, 'x', once).catch((error) => error.code));
  await new Promise((done) => fs.writeFile(env.GITHUB_OUTPUT, 'x', once, (error) => done(results.push(error.code))));
  fs.writeFileSync(env.RUNNER_TEMP + '/other', 'not a command file');
  for (const path of ['/nowhere/at/all', 7777]) {
    try { fs.writeFileSync(path, 'x'); } catch (error) { results.push(error.code); }
  }
  results.push(await fs.promises.writeFile('/nowhere/at/all', 'x').catch((error) => error.code));
  await new Promise((done) => fs.writeFile('/nowhere/at/all', 'x', (error) => done(results.push(error.code))));
  try { fs.appendFile(env.GITHUB_STATE, 'no callback'); } catch (error) { results.push(error.code); }
  try { process.stdout.write(null); } catch (error) { results.push(error.code); }
  results.push(fs.writeFileSync.name, fs.writeFileSync.length, process.stdout.write.length);
  process.stdout.write('c2l4Cg==', 'base64');
  process.stdout.write(JSON.stringify(results) + '\\n');
`;

describe('a recording', () => {
  test('has every write once, in order', async () => {
    const recording = join(temporaryFolder(), 'recording of äll & more.jsonl');
    const result = await newJob().step({ action: action({ main: writes }), recording });
    expect(result.stderr).toBe('two\n');
    expect(readRecording(recording).slice(0, -1)).toEqual([
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

  test("doesn't change the result", async () => {
    const observed = await newJob().step({
      action: action({ main: writes }),
      recording: join(temporaryFolder(), 'recording.jsonl'),
    });
    const unobserved = await newJob().step({ action: action({ main: writes }) });
    // The two streams can mix differently in each log.
    const varying = { durationMs: expect.any(Number), log: expect.any(String) };
    expect(observed).toEqual({ ...unobserved, ...varying });
    expect(unobserved.conclusion).toBe('success');
  });

  test("doesn't change the environment", async () => {
    const main = 'say(Object.keys(env).toSorted().join());';
    const recording = join(temporaryFolder(), 'recording.jsonl');
    const observed = await newJob().step({ action: action({ main }), recording });
    expect(observed.stdout).toBe((await newJob().step({ action: action({ main }) })).stdout);
  });

  test("that can't be written doesn't change the result", async () => {
    const result = await newJob().step({
      action: action({ main: 'say("x");' }),
      recording: temporaryFolder(),
    });
    expect(result).toMatchObject({ conclusion: 'success', stdout: 'x\n' });
  });

  test('has the events of main, post, and the test, in order', async () => {
    const recording = join(temporaryFolder(), 'recording.jsonl');
    const server = createServer((request, response) => {
      record(recording, { http: `${request.method} ${request.url}` });
      response.end('ok');
    }).listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const ask = `await (await fetch('http://127.0.0.1:${(server.address() as AddressInfo).port}/x')).text();`;
    try {
      const job = newJob();
      const main = `append('GITHUB_STATE', 'a=1\\n'); ${ask} say('::add-mask::x'); append('GITHUB_OUTPUT', 'b=2\\n');`;
      await job.step({ action: action({ main, post: `say('post'); ${ask}` }), recording });
      await job.post();
    } finally {
      server.close();
    }
    expect(readRecording(recording)).toEqual([
      { file: 'GITHUB_STATE', text: 'a=1\n' },
      { http: 'GET /x' },
      { stream: 'stdout', text: '::add-mask::x\n' },
      { file: 'GITHUB_OUTPUT', text: 'b=2\n' },
      { stream: 'stdout', text: 'post\n' },
      { http: 'GET /x' },
    ]);
  });

  test('is empty if there is no file, and keeps earlier events', () => {
    const recording = join(temporaryFolder(), 'recording.jsonl');
    expect(readRecording(recording)).toEqual([]);
    appendFileSync(recording, '{"http":"GET /"}\n');
    record(recording, { file: 'GITHUB_ENV', text: 'a\nb' });
    expect(readRecording(recording)).toEqual([{ http: 'GET /' }, { file: 'GITHUB_ENV', text: 'a\nb' }]);
  });
});
