import { globSync, readFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { expect, test } from '@jest/globals';

const root = resolve(import.meta.dirname, '../..');

/** Words that the project doesn't use, and what to say. Identifiers are matched word by word, without their case. */
const words: readonly (readonly [say: string, not: RegExp])[] = [
  ['response, status, parse', /\banswer(?:s|ed|ing)?\b/],
  ['retryable', /\btransient\b/],
  ['applied: no or unknown, indeterminate', /\beffect:|\.effect\b|\bleft open\b/],
  ['saved state', /\blegacy\b|\bjournal\b/],
  ['problem, hint', /\bhappened:|\.happened\b|\bcures?\b/],
  ['handed over', /\bannounc(?:e|es|ed|ing|ement)\b/],
  ['sanitize, redact, mask', /\bharmless(?:ly)?\b|\bdefuse[ds]?\b/],
  ['reject, invalid, unused', /\brefus(?:e|es|ed|ing|als?)\b|\bmistakes\b|\bidle\b/],
  ['matrix job', /\blegs?\b/],
  ['finishes, completed', /\bruns? (?:is|are|was|were) over\b/],
  ['only', /\balone\b/],
  ['anyone who', /\bwhoever\b|\bwhomever\b/],
  ['is in, is', /\bstands? in\b|\bstands there\b/],
  ['has no effect with', /\bsays nothing beside\b/],
  ['returns, reports', /\btells?\b/],
  ['through', /\bby way of\b/],
  ['has the marker', /\bbears?\b/],
  ['pass', /\bhand(?:s|ed|ing)? on\b/],
  ['gives', /\bgives? way\b|\blends?\b/],
  ['appears', /\bcom(?:es?|ing) to light\b/],
  ['has to be, must be', /\b(?:is|are) to be\b/],
  ['canceled', /\bcancell(?:ed|ing)\b/],
  ['license', /\blicence\b/],
  ['spelled, labeled', /\bspelt\b|\blabell(?:ed|ing)\b/],
  ['-or, -er', /\b(?:behavi|col|hon|fav)our|\bcentre\b/],
  ['-ize', /\b(?:organ|recogn|normal|summar|author|initial|serial|minim|sanit)is(?:e|ed|es|ing|ation)\b/],
];

/** Where such a word is GitHub's, or has a different sense. */
const exceptions = [
  // The condition and the conclusion of GitHub's workflows.
  /!?cancelled\(\)|'cancelled'|"cancelled"|`cancelled`/g,
  /\btells? (?:\S+ ){1,6}apart\b/gi,
  /\bleav(?:es?|ing) (?:\S+ ){1,3}alone\b/gi,
  /\bstands? in the way\b/gi,
  // Of a connection.
  /\bconnections?\b[^.'"`]*\brefused\b|\bidle(?:,| connections?| sockets?)/gi,
];

interface Text {
  readonly place: string;
  readonly text: string;
}

/** Identifiers, comments, and messages of the action, its manifests, and the names of all tests. */
const texts: readonly Text[] = [
  ...files('src/**/*.ts').map(read),
  ...files('{action.yml,*/action.yml}').map(read),
  ...files('__tests__/**/*.test.ts').map(read).flatMap(namesOfTests),
];

test.each(words)('the vocabulary has "%s" instead of %s', (_, not) => {
  const pattern = new RegExp(not, 'i');
  const found = texts.flatMap(({ place, text }) =>
    text.split('\n').flatMap((line, index) => {
      const plain = exceptions.reduce((rest, exception) => rest.replaceAll(exception, ''), line);
      return pattern.test(separateWords(plain)) ? [`${place}:${index + 1} ${line.trim()}`] : [];
    }),
  );
  expect(found).toEqual([]);
});

test('each source file that a comment names is in the repository', () => {
  const known = new Set(files('{dist,emulator,scripts,src,__tests__}/**/*').flatMap(suffixes));
  const missing = sourcesWithComments().flatMap(({ place, text }) =>
    [...text.matchAll(/(?<![\w/:.@*-])(?:\.{0,2}\/)?\w[\w.-]*(?:\/[\w.-]+)*\.(?:ts|txt)\b/g)]
      .filter(([name]) => !known.has(name) && !known.has(posix.join(posix.dirname(place), name)))
      .map(([name]) => `${place}: ${name}`),
  );
  expect(missing).toEqual([]);
});

function files(pattern: string): string[] {
  return globSync(pattern, { cwd: root, exclude: (path) => path === 'node_modules' }).map((file) =>
    file.replaceAll('\\', '/'),
  );
}

function read(place: string): Text {
  return { place, text: readFileSync(join(root, place), 'utf8') };
}

/** The first argument of each call whose second one is a function. */
function namesOfTests({ place, text }: Text): Text[] {
  const names = /(['"`])((?:(?!\1)[^\n\\]|\\.)+)\1,\s*(?:async\s*)?(?:\([^()]*\)|\w+)\s*=>/g;
  return [...text.matchAll(names)].map(([, , name = '']) => ({ place: `${place} (test name)`, text: name }));
}

function sourcesWithComments(): Text[] {
  const comments = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/ .*$/gm;
  const sources = files('{src,emulator,scripts,__tests__}/**/*.{ts,js,cjs}');
  // Except for this file, which has examples.
  return sources
    .filter((place) => !place.endsWith('/vocabulary.test.ts'))
    .map((place) => {
      const { text } = read(place);
      return { place, text: [...text.matchAll(comments)].map(([comment]) => comment).join('\n') };
    });
}

/** "a/b/c.ts" can be named "a/b/c.ts", "b/c.ts", or "c.ts". */
function suffixes(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(index).join('/'));
}

/** "isAnswerLost" → "is Answer Lost", "answer_lost" → "answer lost" */
function separateWords(line: string): string {
  return line.replace(/([a-z\d])([A-Z])/g, '$1 $2').replaceAll('_', ' ');
}
