import type { ClientRequest } from '../../src/lifecycle/client-request.ts';
import type { Label } from '../../src/lifecycle/label.ts';
import type { Tenant } from './fake-capture.ts';
import { captureError, pullRequestLabel, runLabel } from './fixtures.ts';

export const minute = 60_000;
export const rejection = captureError({ code: 403, retryable: false });
export const bug = new TypeError('a bug of ours');
export const failures: [string, Error][] = [
  ['a rejection', rejection],
  ['an unexpected error', bug],
];

/** A request for a client of a run by default. */
export function request(changes: Partial<ClientRequest> = {}): ClientRequest {
  const { marker, ...label } = runLabel;
  return {
    text: { value: 'asked for', given: false },
    features: undefined,
    label,
    enforcedHours: undefined,
    rotateHours: undefined,
    configuration: { whitelist: undefined, settings: new Map() },
    ...changes,
  };
}

export function pullRequest(changes: Partial<ClientRequest> = {}): ClientRequest {
  const { marker, ...label } = pullRequestLabel;
  return request({ label, ...changes });
}

export const withWhitelist: Pick<ClientRequest, 'configuration'> = {
  configuration: { whitelist: ['10.0.0.0/8'], settings: new Map() },
};

/** As an earlier run of the pull request left it. */
export function addExisting(tenant: Tenant, clientId = 'old', changes: Partial<Label> = {}): void {
  tenant.add(clientId, { ...pullRequestLabel, ...changes });
}

/** Throws the error instead of what would happen. */
export const fail = (error: Error) => (): never => {
  throw error;
};
