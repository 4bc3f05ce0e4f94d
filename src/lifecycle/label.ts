/** A repository is its server's host and numeric id; the name is there for readers. */
export interface Repository {
  /** `github.com`, or the host of a GitHub Enterprise server. */
  readonly host: string;
  readonly id: string;
  /** `owner/name` */
  readonly name: string;
}

/** What a client lives for: a workflow run (by its id) or a pull request (by its number). */
export type Purpose =
  | { readonly lifetime: 'run' | 'job'; readonly runId: string }
  | { readonly lifetime: 'pull_request'; readonly pullRequest: number };

/** All that is known later of a client: Capture keeps nothing else (DESIGN.md, "The label"). */
export interface Label {
  readonly repository: Repository;
  readonly purpose: Purpose;
  /** Tells several clients of one purpose apart; any text but the empty one. */
  readonly name: string;
  /** Milliseconds since the epoch, whole seconds. */
  readonly expiresAt: number;
  /** 24 hexadecimal digits, drawn anew for every creation. */
  readonly marker: string;
}

/** What stands in a client's description: the user's own words, then the label. */
export interface Described {
  readonly text: string;
  readonly label: Label;
}

const pattern =
  /^(?:(?<text>.+) )?\[capture-client-action\/1 (?<host>\S+) id (?<id>\d+) (?<repository>\S+), (?:pull request (?<pullRequest>\d+)|(?<job>job of )?run (?<runId>\d+)), name (?<name>\S+), until (?<until>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ), (?<marker>[0-9a-f]{24})\]$/s;

/**
 * Writes a description. For every label of valid parts `parseDescription` gives back exactly what went in;
 * whatever `text` holds, the label read is the one written here, as only the very end counts.
 */
export function formatDescription({ text, label }: Described): string {
  const words = formatLabel(label);
  return text === '' ? words : `${text} ${words}`;
}

/** Reads a description; undefined if it does not end with a label exactly as `formatDescription` writes it. */
export function parseDescription(description: string): Described | undefined {
  const groups = pattern.exec(description)?.groups;
  if (groups === undefined) return undefined;
  const described = read(groups);
  return described !== undefined && formatDescription(described) === description ? described : undefined;
}

/** The same run, job of the same run, or pull request. */
export function isSamePurpose(a: Purpose, b: Purpose): boolean {
  return formatPurpose(a) === formatPurpose(b);
}

/** The label of a client; undefined if it carries none. */
export function labelOf({ description }: { readonly description: string }): Label | undefined {
  return parseDescription(description)?.label;
}

/** The same repository: its name may change, and another may get it. */
export function isSameRepository(a: Repository, b: Repository): boolean {
  return a.host === b.host && a.id === b.id;
}

/** RFC 3339 in UTC with whole seconds, as in the label and in `expires_at`. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Which creation a label is of. */
export type Origin = Pick<Label, 'repository' | 'marker'>;

/** A marker alone could have been copied into a label of another repository. */
export function isSameCreation(a: Origin | undefined, b: Origin): boolean {
  return a !== undefined && a.marker === b.marker && isSameRepository(a.repository, b.repository);
}

function formatLabel({ repository, purpose, name, expiresAt, marker }: Label): string {
  const place = `${encodePart(repository.host)} id ${repository.id} ${encodePart(repository.name)}`;
  return `[capture-client-action/1 ${place}, ${formatPurpose(purpose)}, name ${encodePart(name)}, until ${formatTime(expiresAt)}, ${marker}]`;
}

/** `pull request 42`, `run 1001`, `job of run 1001` */
export function formatPurpose(purpose: Purpose): string {
  switch (purpose.lifetime) {
    case 'pull_request':
      return `pull request ${purpose.pullRequest}`;
    case 'run':
      return `run ${purpose.runId}`;
    case 'job':
      return `job of run ${purpose.runId}`;
  }
}

function read(groups: Partial<Record<string, string>>): Described | undefined {
  const { text = '', host = '', id = '', repository = '', marker = '' } = groups;
  const expiresAt = Date.parse(groups.until ?? '');
  const name = decodePart(groups.name ?? '');
  const hostName = decodePart(host);
  const repositoryName = decodePart(repository);
  if (Number.isNaN(expiresAt) || name === undefined) return undefined;
  if (hostName === undefined || repositoryName === undefined) return undefined;
  return {
    text,
    label: {
      repository: { host: hostName, id, name: repositoryName },
      purpose: readPurpose(groups),
      name,
      expiresAt,
      marker,
    },
  };
}

function readPurpose({ pullRequest, job, runId = '' }: Partial<Record<string, string>>): Purpose {
  if (pullRequest !== undefined) return { lifetime: 'pull_request', pullRequest: Number(pullRequest) };
  return { lifetime: job === undefined ? 'run' : 'job', runId };
}

/** Percent-encodes all but letters, digits and `-._/:`, so that no part can hold a space, comma or bracket. */
function encodePart(part: string): string {
  return encodeURIComponent(part)
    .replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%(2F|3A)/g, (code) => decodeURIComponent(code));
}

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
