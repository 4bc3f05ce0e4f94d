/** Describes every output once, as src/inputs/input-table.ts does for inputs. */
import type { Action } from '../src/inputs/input-table.ts';

export const outputTable: Readonly<Record<Action, Readonly<Record<string, string>>>> = {
  create: {
    capture_domain: "Origin of the client's Capture domain, such as https://HOST.",
    client_id: 'ID of the client. Not masked, so you can pass it to other jobs.',
    client_secret: 'Secret of the client. Masked, so only the steps of this job can use it.',
    description: "The client's description in Capture, including the label.",
    features: 'Features of the client, as a JSON array.',
    created: "Whether this step created the client. false: it reused the pull request's client.",
    expires_at:
      'When the client expires (RFC 3339). With enforce_expiry, the secret also stops working then.',
    sealed_credentials:
      'Encrypted credentials for later jobs, if seal_key is set. Decrypt them with the unseal action. Not masked.',
  },
  configure: {
    client_id: 'ID of the client. Not masked.',
  },
  delete: {
    deleted: 'Number of deleted clients.',
    client_ids: 'IDs of the deleted clients, as a JSON array.',
  },
  sweep: {
    deleted: 'Number of deleted clients.',
    kept: 'Number of labeled clients in these repositories that are still needed. In a dry run: all of them.',
    failed: "Number of clients that should be deleted, but couldn't be.",
    report:
      'All labeled clients in these repositories, as a JSON array of objects with client_id, text, the parts of the label, reason, and result.',
  },
  unseal: {
    client_id: 'ID of the client. Not masked.',
    client_secret: 'Secret of the client. Masked, so only the steps of this job can use it.',
    capture_domain: "Origin of the client's Capture domain, such as https://HOST.",
    expires_at: 'When the client expires (RFC 3339).',
  },
  check: {
    verdict: 'ready, limited (the report says which features not to use), not_ready, or canceled.',
    report: 'The report as a JSON object.',
    markdown: 'The report as Markdown, without host, IDs, and names, to paste into an issue of this project.',
  },
};
