import { tryTo } from '../errors.ts';

/** A repository or project, known by its server's host and its ID there. Another one can get its name. */
export interface Origin {
  /** `github.com`, or the host of another server, with the path below which it lives: `example.com/gitlab`. */
  readonly host: string;
  readonly id: string;
  /** `owner/name`, or a path of more parts. */
  readonly name: string;
}

/** What a client exists for: a workflow run (by its id) or a pull request (by its number). */
export type Purpose =
  | { readonly lifetime: 'run' | 'job'; readonly runId: string }
  | { readonly lifetime: 'pull_request'; readonly pullRequest: number };

/** All that is known of a client later: Capture stores nothing about a client but its description. */
export interface Label {
  readonly origin: Origin;
  readonly purpose: Purpose;
  /** Tells clients of the same purpose apart. Any text but the empty one. */
  readonly name: string;
  /** Milliseconds since the epoch, whole seconds. */
  readonly expiresAt: number;
  /** 24 hexadecimal digits, random for each creation. */
  readonly marker: string;
}

export interface ParsedDescription {
  readonly text: string;
  readonly label: Label;
}

/** How long the user's parts of a description may be, in UTF-8 bytes: the text, and the name as the label has it. */
export const maxTextBytes = 500;
export const maxNameBytes = 192;

export function nameBytes(name: string): number {
  return encode(name).length;
}

const pattern =
  /^(?:(?<text>.+) )?\[capture-client-action\/1 (?<host>\S+) id (?<id>\S+) (?<origin>\S+), (?:pull request (?<pullRequest>\d+)|(?<job>job of )?run (?<runId>\S+)), name (?<name>\S+), until (?<until>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ), (?<marker>[0-9a-f]{24})\]$/s;

/** `parseDescription` returns exactly what was passed here: no text can forge or break the label. */
export function formatDescription({ text, label }: ParsedDescription): string {
  const formatted = formatLabel(label);
  return text === '' ? formatted : `${text} ${formatted}`;
}

/** Parses a description; undefined if it doesn't end with a label exactly as `formatDescription` writes it. */
export function parseDescription(description: string): ParsedDescription | undefined {
  const groups = pattern.exec(description)?.groups;
  if (groups === undefined) return undefined;
  // Invalid times, and percent signs that encode nothing, throw.
  return tryTo(() => {
    const parsed = parseGroups(groups);
    return formatDescription(parsed) === description ? parsed : undefined;
  });
}

/** Whether a description has a label that can't be parsed: cut off, changed, not at the end, or of another version. */
export function hasUnreadableLabel(description: string): boolean {
  return description.includes('[capture-client-action/') && parseDescription(description) === undefined;
}

export function labelOf({ description }: { readonly description: string }): Label | undefined {
  return parseDescription(description)?.label;
}

export function isSamePurpose(a: Purpose, b: Purpose): boolean {
  return formatPurpose(a) === formatPurpose(b);
}

/** The same repository or project, whatever its name is now. */
export function isSameOrigin(a: Origin, b: Origin): boolean {
  return a.host === b.host && a.id === b.id;
}

/** The marker isn't enough: it could be copied into a label of another origin. */
export function isSameCreation(a: Label | undefined, b: Pick<Label, 'origin' | 'marker'>): boolean {
  return a !== undefined && a.marker === b.marker && isSameOrigin(a.origin, b.origin);
}

/** RFC 3339 in UTC with whole seconds, as in the label and in the output `expires_at`. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '');
}

/** `pull request 42`, `run 1001`, `job of run 1001`. @param write how the ID of a run is written */
export function formatPurpose(purpose: Purpose, write: (runId: string) => string = String): string {
  switch (purpose.lifetime) {
    case 'pull_request':
      return `pull request ${purpose.pullRequest}`;
    case 'run':
      return `run ${write(purpose.runId)}`;
    case 'job':
      return `job of run ${write(purpose.runId)}`;
  }
}

function formatLabel({ origin, purpose, name, expiresAt, marker }: Label): string {
  const place = `${encode(origin.host)} id ${encode(origin.id)} ${encode(origin.name)}`;
  const purposeText = formatPurpose(purpose, encode);
  return `[capture-client-action/1 ${place}, ${purposeText}, name ${encode(name)}, until ${formatTime(expiresAt)}, ${marker}]`;
}

function parseGroups(groups: Partial<Record<string, string>>): ParsedDescription {
  const { text = '', pullRequest, job } = groups;
  const decode = (part: string | undefined): string => decodeURIComponent(String(part));
  const origin = { host: decode(groups.host), id: decode(groups.id), name: decode(groups.origin) };
  const purpose: Purpose =
    pullRequest === undefined
      ? { lifetime: job === undefined ? 'run' : 'job', runId: decode(groups.runId) }
      : { lifetime: 'pull_request', pullRequest: Number(pullRequest) };
  const expiresAt = Date.parse(decode(groups.until));
  return {
    text,
    label: { origin, purpose, name: decode(groups.name), expiresAt, marker: decode(groups.marker) },
  };
}

/** Percent-encodes all but letters, digits, and `-._/:`, so that no part can have a space, comma, or bracket. */
function encode(part: string): string {
  return encodeURIComponent(part)
    .replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%(2F|3A)/g, (code) => decodeURIComponent(code));
}
