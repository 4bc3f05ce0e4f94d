/** Where a label says that its client comes from. */
export interface LabelParts {
  readonly host?: string;
  readonly id?: string;
  readonly repository?: string;
  readonly name?: string;
  readonly marker?: string;
}

export const past = '2026-01-01T00:00:00Z';
export const future = '2999-01-01T00:00:00Z';

let markers = 0;

/** Returns another marker with each call. */
export function newMarker(): string {
  markers += 1;
  return markers.toString(16).padStart(24, '0');
}

/** A label as it's documented, on purpose not made by the code under test. */
export function labelText(subject: string, until: string, parts: LabelParts = {}): string {
  const { host = 'github.com', id = '123456', repository = 'acme/shop', name = 'preview' } = parts;
  const { marker = newMarker() } = parts;
  return `[capture-client-action/1 ${host} id ${id} ${repository}, ${subject}, name ${name}, until ${until}, ${marker}]`;
}
