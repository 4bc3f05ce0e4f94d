import { trim, trimStart } from './text.ts';

/** A workflow command in a line of a step's output. */
export interface Command {
  /** In lower case: command names are case-insensitive. */
  name: string;
  /** By name, in lower case for the same reason. */
  properties: Record<string, string>;
  data: string;
}

/** The names that are known at the start of a stage, of those that a test needs. `stop-commands` adds its token until that token appears. */
export const workflowCommands: readonly string[] = [
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'error',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
];

/** Returns the command in a line, or undefined if its name isn't one of `known` (in lower case). */
export function parseCommand(line: string, known: ReadonlySet<string>): Command | undefined {
  return parseColonForm(line, known) ?? parseBracketForm(line, known);
}

/** Parses `::name key=value,key=value::data`, which has to start the line, after optional whitespace. */
function parseColonForm(line: string, known: ReadonlySet<string>): Command | undefined {
  const text = trimStart(line);
  const end = text.indexOf('::', 2);
  if (!text.startsWith('::') || end < 0) return undefined;
  return command(text.slice(2, end), text.slice(end + 2), known, {
    separator: ',',
    prepare: trim,
    unescapeProperty: (value) =>
      replaceEscapes(value, { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' }),
    unescapeData: (value) => replaceEscapes(value, { '%0D': '\r', '%0A': '\n', '%25': '%' }),
  });
}

/** Parses the old form `##[name key=value;key=value]data`. It can be ANYWHERE in a line; only the first `##[` counts. */
function parseBracketForm(line: string, known: ReadonlySet<string>): Command | undefined {
  const start = line.indexOf('##[');
  const end = start < 0 ? -1 : line.indexOf(']', start);
  if (end < 0) return undefined;
  const unescapeAll = (value: string) =>
    replaceEscapes(value, { '%3B': ';', '%0D': '\r', '%0A': '\n', '%5D': ']', '%25': '%' });
  return command(line.slice(start + 3, end), line.slice(end + 1), known, {
    separator: ';',
    prepare: (properties) => properties,
    unescapeProperty: unescapeAll,
    unescapeData: unescapeAll,
  });
}

interface Form {
  separator: string;
  prepare: (properties: string) => string;
  unescapeProperty: (value: string) => string;
  unescapeData: (value: string) => string;
}

function command(head: string, data: string, known: ReadonlySet<string>, form: Form): Command | undefined {
  const space = head.indexOf(' ');
  const name = (space < 0 ? head : head.slice(0, space)).toLowerCase();
  if (!known.has(name)) return undefined;
  const properties: Record<string, string> = {};
  for (const property of space < 0 ? [] : form.prepare(head.slice(space + 1)).split(form.separator)) {
    // .NET splits in two and drops empty parts: `=` around the name is skipped, and a property needs a value.
    const [, key, value] = /^=*([^=]+)=+([^=].*)$/s.exec(property) ?? [];
    if (key !== undefined && value !== undefined)
      properties[key.toLowerCase()] = form.unescapeProperty(value);
  }
  return { name, properties, data: form.unescapeData(data) };
}

/** Replaces one escape after the other, `%25` last: `%250A` becomes `%0A`, not a line break. */
function replaceEscapes(text: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce(
    (result, [sequence, mark]) => result.replaceAll(sequence, mark),
    text,
  );
}
