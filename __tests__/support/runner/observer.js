/**
 * Records every write to stdout, stderr, and the command files. `--import` loads it into the process of a step with a
 * recording. The recording's path is in this file's URL, so the step's environment doesn't change. Neither do results,
 * errors, and callbacks of the functions it wraps.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const recording = new URL(import.meta.url).searchParams.get('recording') ?? '';
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
        replace(
          stream,
          'write',
          (write) =>
            function (...args) {
              const text = textOf(...args);
              // With anything but text or bytes, the call fails.
              if (text !== undefined) record({ stream: name, text });
              return Reflect.apply(write, this, args);
            },
        );
      }
      return stream;
    },
  });
}

// Node's appendFile functions call the exported writeFile functions. Record such a write once.
let inside = false;

function observeSync(original) {
  return function (...args) {
    const result = callThrough(original, this, args);
    recordWrite(args);
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
        if (!error) recordWrite(args);
        return Reflect.apply(callback, this, [error, ...rest]);
      },
    ]);
  };
}

function observePromise(original) {
  return function (...args) {
    return Reflect.apply(original, this, args).then((result) => {
      recordWrite(args);
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

function recordWrite([path, data, options]) {
  const file = inside ? undefined : commandFiles.get(pathOf(path));
  if (file !== undefined)
    record({ file, text: textOf(data, typeof options === 'string' ? options : options?.encoding) });
}

function record(event) {
  try {
    // A single write to a file in append mode: lines of several processes don't mix.
    const file = openSync(recording, 'a');
    try {
      writeSync(file, `${JSON.stringify(event)}\n`);
    } finally {
      closeSync(file);
    }
  } catch {
    // A recording that can't be written must not affect the step.
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
