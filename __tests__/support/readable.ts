import { keyValuePairs } from './runner/file-commands.ts';
import type { RecordedEvent } from './runner/recording.ts';

/**
 * Formats a recording for a snapshot: what happened and in which order, with names in place of random values. Texts are
 * cut after a few words, and masks joined, because other tests hold what exactly they are.
 */
export function readable(events: readonly RecordedEvent[], owner: Owner): string {
  const lines = events.flatMap((event) => linesOf(event, owner));
  return withClientNames(withMasksJoined(lines).join('\n'), owner);
}

interface Owner {
  readonly client_id: string;
  readonly client_secret: string;
}

function linesOf(event: RecordedEvent, owner: Owner): string[] {
  if ('stage' in event) return [`${event.stage}`];
  if ('request' in event) return [`  request ${event.request} ${event.client}`.trimEnd()];
  const { file, text = '' } = event as { file?: string; text?: string };
  if (file === 'GITHUB_STEP_SUMMARY') return ['  summary'];
  if (file === 'GITHUB_STATE')
    return [...keyValuePairs(text)].map(([name, value]) => `  state ${name}: ${contentsOf(value, owner)}`);
  if (file === 'GITHUB_OUTPUT')
    return [`  outputs ${[...keyValuePairs(text)].map(([name]) => name).join(', ')}`];
  return (
    text
      .split('\n')
      // Debug messages have durations.
      .filter((line) => line !== '' && !line.startsWith('::debug::'))
      .map(spoken)
  );
}

/** What matters of a saved state. */
function contentsOf(state: string, owner: Owner): string {
  const ids = new Set(
    state.match(identifier)?.filter((id) => id !== owner.client_id && id !== owner.client_secret),
  );
  const parts = [
    ...(/"[0-9a-f]{24}"/.test(state) ? ['marker'] : []),
    ...ids,
    ...(state.includes(owner.client_secret) ? ['owner secret'] : []),
  ];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

function spoken(line: string): string {
  const [, level = 'log', text = line] = /^::(add-mask|error|warning|notice).*?::(.*)$/.exec(line) ?? [];
  if (level === 'add-mask') return mask;
  const words = text.split(' ');
  return `  ${level}: ${words.slice(0, 4).join(' ')}${words.length > 4 ? ' …' : ''}`;
}

const mask = '  <masks>';

/** How many forms a secret has is another test's subject. */
function withMasksJoined(lines: readonly string[]): string[] {
  return lines.filter((line, index) => line !== mask || lines[index - 1] !== mask);
}

/** As the emulator creates IDs and secrets. A secret that shows would show as another client. */
const identifier = /\b[0-9a-z]{32}\b/g;

function withClientNames(text: string, owner: Owner): string {
  const names = new Map<string, string>();
  return text
    .replaceAll(owner.client_id, '<owner>')
    .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, '<time>')
    .replace(/127\.0\.0\.1:\d+/g, '<host>')
    .replace(identifier, (id) => {
      if (!names.has(id)) names.set(id, `<client ${names.size + 1}>`);
      return names.get(id) ?? id;
    });
}
