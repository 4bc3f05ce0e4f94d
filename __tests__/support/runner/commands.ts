import { trimStart } from './text.ts';

/** A workflow command in a line of a step's output. */
export interface Command {
  /** In lower case: command names are case-insensitive. */
  name: string;
  title: string | undefined;
  data: string;
}

/** The commands that the runner executes and no action here uses. If one is in the output, somebody else put it there. */
const others = [
  'add-matcher',
  'add-path',
  'echo',
  'endgroup',
  'group',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
];
const known = new Set(['add-mask', 'debug', 'error', 'notice', 'warning', ...others]);

/** Returns the command that the runner executes for a line, if any. */
export function parseCommand(line: string): Command | undefined {
  return parseColonForm(trimStart(line)) ?? parseBracketForm(line);
}

/** Parses `::name key=value,key=value::data`, which has to start the line, after optional whitespace. */
function parseColonForm(text: string): Command | undefined {
  const [, name = '', properties = '', data = ''] = /^::([^\s:]+)(?: (.*?))?::(.*)$/s.exec(text) ?? [];
  if (!known.has(name.toLowerCase())) return undefined;
  const [, title] = /(?:^|,)title=([^,]*)/.exec(properties) ?? [];
  return { name: name.toLowerCase(), title: title && decode(title), data: decode(data) };
}

/** Finds the old form `##[name]`, which can be ANYWHERE in a line. No action here uses it, whatever the name. */
function parseBracketForm(line: string): Command | undefined {
  const [, name = ''] = /##\[([^\s\]]+).*\]/s.exec(line) ?? [];
  return known.has(name.toLowerCase()) ? { name: `##[${name}]`, title: undefined, data: '' } : undefined;
}

/** `%25` last: `%250A` becomes `%0A`, not a line break. The toolkit leaves no other `%` in a text. */
function decode(text: string): string {
  const marks = { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' };
  return Object.entries(marks).reduce((decoded, [code, mark]) => decoded.replaceAll(code, mark), text);
}
