/**
 * Records every write to stdout and stderr, and every synchronous write to a command file, which is all that the actions
 * use. `--import` loads it into the process of a step with a recording. The recording's path is in this file's URL, so
 * the step's environment doesn't change.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';

const recording = new URL(import.meta.url).searchParams.get('recording') ?? '';
const { openSync, writeSync, closeSync, appendFileSync } = fs;

const commandFiles = new Map();
for (const name of ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY']) {
  const path = process.env[name];
  if (path) commandFiles.set(resolve(path), name);
}

for (const name of ['stdout', 'stderr']) observeStream(name);
fs.appendFileSync = (path, data, options) => {
  appendFileSync(path, data, options);
  const file = typeof path === 'string' ? commandFiles.get(resolve(path)) : undefined;
  if (file !== undefined) record({ file, text: String(data) });
};
syncBuiltinESMExports();

/** Records before the call, because a reader of the stream can add later events to the recording. */
function observeStream(name) {
  // Node creates the stream on first use. Keep it that way.
  const descriptor = Object.getOwnPropertyDescriptor(process, name);
  let stream;
  Object.defineProperty(process, name, {
    ...descriptor,
    get() {
      if (stream === undefined) {
        stream = descriptor.get.call(process);
        const { write } = stream;
        stream.write = (...args) => {
          record({ stream: name, text: Buffer.from(args[0]).toString() });
          return Reflect.apply(write, stream, args);
        };
      }
      return stream;
    },
  });
}

/** A single write to a file in append mode: lines of several processes don't mix. */
function record(event) {
  const file = openSync(recording, 'a');
  writeSync(file, `${JSON.stringify(event)}\n`);
  closeSync(file);
}
