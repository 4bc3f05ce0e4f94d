import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { type AnyNode, type Expression, parse, type SpreadElement, type TemplateLiteral } from 'acorn';
import { full } from 'acorn-walk';

const root = resolve(import.meta.dirname, '../..');

/** Whatever is handed to one of these is read by somebody, however short it is. */
const speaks = /^(?:info|notice|warning|fail|debug|push)$|\wError$/;
/** Not a name or a separator. */
const isProse = /\p{L}{2,}[\s.!?:]|\s\p{L}{2,}/u;
const hasThreeWords = /[a-z]+ [a-z]+ [a-z]+/i;

/** The messages of a source, with `…` for what is filled in. Comments are none, as they are no part of what is parsed. */
function messagesIn(source: string): Set<string> {
  const messages = new Set<string>();
  full(parse(stripTypeScriptTypes(source), { ecmaVersion: 'latest', sourceType: 'module' }), (node) => {
    for (const text of spokenBy(node)) if (isProse.test(text)) messages.add(text);
    const text = textOf(node as AnyNode);
    if (text !== undefined && hasThreeWords.test(text)) messages.add(text);
  });
  return messages;
}

function spokenBy(walked: { readonly type: string }): string[] {
  const node = walked as AnyNode;
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return [];
  const { callee } = node;
  const called = callee.type === 'MemberExpression' ? callee.property : callee;
  if (called.type !== 'Identifier' || !speaks.test(called.name)) return [];
  return node.arguments.flatMap(textsOf);
}

/** Of a choice, each. */
function textsOf(argument: Expression | SpreadElement): string[] {
  if (argument.type === 'ConditionalExpression') {
    return [argument.consequent, argument.alternate].flatMap(textsOf);
  }
  return [textOf(argument)].filter((text) => text !== undefined);
}

function textOf(node: AnyNode): string | undefined {
  if (node.type === 'TemplateLiteral') return templateOf(node);
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
}

function templateOf({ quasis }: TemplateLiteral): string {
  return quasis.map(({ value }) => value.cooked ?? '').join('…');
}

function messagesOf(pattern: string): string[] {
  return globSync(pattern, { cwd: root }).flatMap((file) => [
    ...messagesIn(readFileSync(join(root, file), 'utf8')),
  ]);
}

/** The first cells of the tables in docs/troubleshooting.md. */
function documented(): string[] {
  const lines = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8').split('\n');
  const rows = lines.filter((line) => /^\| (?!message|what to do|---)/.test(line));
  return rows.map((row) => /^\| (.*?) \|/.exec(row)?.[1]?.trim() ?? '');
}

test('docs/troubleshooting.md has every message of the action', () => {
  const known = new Set(documented());
  expect([...new Set(messagesOf('src/**/*.ts'))].filter((message) => !known.has(message.trim()))).toEqual([]);
});

test('it has no message that the action does not give', () => {
  const messages = globSync('src/**/*.ts', { cwd: root }).flatMap((file) => {
    const texts: string[] = [];
    const source = stripTypeScriptTypes(readFileSync(join(root, file), 'utf8'));
    full(parse(source, { ecmaVersion: 'latest', sourceType: 'module' }), (node) => {
      texts.push(textOf(node as AnyNode) ?? '');
    });
    return texts;
  });
  expect(documented().filter((message) => !messages.some((text) => text.includes(message)))).toEqual([]);
});

test.each([
  ["log.warning('Trouble!');", 'Trouble!'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a source
  ['log.warning(`Removed client ${id}.`);', 'Removed client ….'],
  ["mistakes.push(isNew ? 'is new' : 'is old');", 'is old'],
  ["throw new SealError('Gone.');", 'Gone.'],
  ["const hint = 'look at it again';", 'look at it again'],
])('a message is seen wherever it stands: %s', (source, message) => {
  expect(messagesIn(source)).toContain(message);
});

test('a comment is no message', () => {
  expect([...messagesIn("// log.info('it is all well');\n/* 'one two three' */")]).toEqual([]);
});
