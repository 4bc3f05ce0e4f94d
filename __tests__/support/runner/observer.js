/**
 * Loaded with `--import` into a step's process when a journal is asked for (the journal's path is in this file's own
 * URL, so that the step's environment is the same with and without it). Notes every write to stdout, stderr and the
 * file command files, and calls through. It observes: results, errors and callbacks stay what they were.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const journal = new URL(import.meta.url).searchParams.get('journal') ?? '';
const { openSync, writeSync, closeSync } = fs;

const commandFiles = new Map();
for (const name of ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY']) {
  const path = process.env[name];
  if (path) commandFiles.set(resolve(path), name);
}

observeStream('stdout');
observeStream('stderr');
for (const name of ['appendFileSync', 'writeFileSync']) replace(fs, name, observeSync);
for (const name of ['appendFile', 'writeFile']) {
  replace(fs, name, observeCallback);
  replace(fs.promises, name, observePromise);
}
syncBuiltinESMExports();

/** Noted before the call: whoever reads the stream may add to the journal, and what they add comes later. */
function observeStream(name) {
  // Node makes the stream when it is first asked for; observing must not make it earlier.
  const descriptor = Object.getOwnPropertyDescriptor(process, name);
  let stream;
  Object.defineProperty(process, name, {
    ...descriptor,
    get() {
      if (stream === undefined) {
        stream = descriptor.get.call(process);
        replace(
          stream,
          'write',
          (write) =>
            function (...args) {
              const text = textOf(...args);
              // Anything else than text or bytes makes the call fail.
              if (text !== undefined) note({ stream: name, text });
              return Reflect.apply(write, this, args);
            },
        );
      }
      return stream;
    },
  });
}

// Node's own appendFile functions call the exported writeFile functions: one write, to be noted once.
let inside = false;

function observeSync(original) {
  return function (...args) {
    const result = callThrough(original, this, args);
    noteWrite(args);
    return result;
  };
}

function observeCallback(original) {
  return function (...args) {
    const callback = args.at(-1);
    if (inside || typeof callback !== 'function') return Reflect.apply(original, this, args);
    return callThrough(original, this, [
      ...args.slice(0, -1),
      function (error, ...rest) {
        if (!error) noteWrite(args);
        return Reflect.apply(callback, this, [error, ...rest]);
      },
    ]);
  };
}

function observePromise(original) {
  return function (...args) {
    return Reflect.apply(original, this, args).then((result) => {
      noteWrite(args);
      return result;
    });
  };
}

function callThrough(original, self, args) {
  const outer = inside;
  inside = true;
  try {
    return Reflect.apply(original, self, args);
  } finally {
    inside = outer;
  }
}

function noteWrite([path, data, options]) {
  const file = inside ? undefined : commandFiles.get(pathOf(path));
  if (file !== undefined)
    note({ file, text: textOf(data, typeof options === 'string' ? options : options?.encoding) });
}

function note(event) {
  try {
    // One write to a file opened for appending: lines of several processes do not mix.
    const file = openSync(journal, 'a');
    try {
      writeSync(file, `${JSON.stringify(event)}\n`);
    } finally {
      closeSync(file);
    }
  } catch {
    // A journal that cannot be written must not change what the step does; its reader will miss the events.
  }
}

function pathOf(path) {
  if (typeof path === 'string') return resolve(path);
  if (path instanceof URL && path.protocol === 'file:') return fileURLToPath(path);
  return Buffer.isBuffer(path) ? resolve(path.toString()) : undefined;
}

function textOf(data, encoding) {
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  if (typeof data !== 'string') return undefined;
  return Buffer.isEncoding(encoding) ? Buffer.from(data, encoding).toString() : data;
}

function replace(owner, name, wrap) {
  const original = owner[name];
  owner[name] = Object.defineProperties(wrap(original), Object.getOwnPropertyDescriptors(original));
}
