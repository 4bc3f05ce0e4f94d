import { styleText } from 'node:util';
import type { Host } from '../host.ts';
import { captureInputs, readInputs } from '../inputs/read-inputs.ts';
import { formatPurpose, formatTime, type Label } from '../lifecycle/label.ts';
import { type LabeledClient, pickLabeled } from '../lifecycle/labeled-clients.ts';
import { isInScope, type Scope } from '../lifecycle/sweep-plan.ts';
import type { Log } from '../log.ts';
import { withCaptureOf } from './use-capture.ts';

/** Shows which clients are left: a table in a terminal, JSON elsewhere. Never shows a secret. */
export async function list(host: Host): Promise<void> {
  const values = readInputs('list', [], host);
  const access = captureInputs(values);
  const scope: Scope = { thisOrigin: host.run.origin, repositories: values.repositories };
  // `--origin` has no ID of its own. Nothing is changed here, so the name is enough.
  const here = host.run.origin;
  const isNamed = ({ origin }: Label): boolean =>
    here.id === here.name && origin.host === here.host && origin.name === here.name;
  const pick = pickLabeled(
    (label) => isInScope(label, scope) || (values.repositories === undefined && isNamed(label)),
  );
  const { picked, total } = await withCaptureOf(access, host, ({ capture }) => capture.listClients(pick));
  const clients = picked.toSorted((a, b) => a.label.expiresAt - b.label.expiresAt);
  // What is published isn't masked, and anyone who can write descriptions wrote these texts.
  const items = clients.map((client) => toItem(client, host.log));
  await host.publish({ values: { clients: items }, terminal: toTable(items) });
  const covered = values.repositories?.join(', ') ?? scope.thisOrigin.name;
  host.log.info(`${covered}: ${clients.length} of the ${total} clients at ${access.domain.host}.`);
}

function toItem({ clientId, text, features, label }: LabeledClient, { show }: Log) {
  const { origin, purpose, name, expiresAt } = label;
  return {
    client_id: clientId,
    description: show(text),
    features: features.map(show),
    origin: show(`${origin.host}/${origin.name}`),
    purpose: show(formatPurpose(purpose)),
    name: show(name),
    expires_at: formatTime(expiresAt),
  };
}

const columns = ['client_id', 'origin', 'purpose', 'name', 'expires_at', 'description'] as const;

function toTable(items: readonly ReturnType<typeof toItem>[]): string {
  if (items.length === 0) return '';
  const header = columns.map((column) => column.replace('_at', '').replace('_', ' ').toUpperCase());
  const rows = items.map((item) => columns.map((column) => item[column]));
  const widths = header.map((_, index) =>
    Math.max(...[header, ...rows].map((row) => String(row[index]).length)),
  );
  const toLine = (row: readonly string[]): string =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[styleText('bold', toLine(header)), ...rows.map(toLine)].join('\n')}\n`;
}
