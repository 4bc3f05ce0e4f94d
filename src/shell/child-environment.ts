import { InvalidArgumentError } from 'commander';
import type { Environment } from '../capture/network-settings.ts';
import { maskedForms } from '../secrets/masking.ts';
import type { SealedClient } from '../secrets/sealing.ts';

const defaultNames = {
  CAPTURE_DOMAIN: 'capture_domain',
  CAPTURE_CLIENT_ID: 'client_id',
  CAPTURE_CLIENT_SECRET: 'client_secret',
} as const;

type ValueName = (typeof defaultNames)[keyof typeof defaultNames];

/** Which value each variable of the program contains. */
export type VariableNames = Readonly<Record<string, ValueName>>;

/** Parses one `--env`, such as `NAME=client_id`. */
export function parseVariable(text: string, previous: VariableNames = {}): VariableNames {
  const variable = text.slice(0, text.indexOf('='));
  const value = Object.values(defaultNames).find((one) => text === `${variable}=${one}`);
  if (value === undefined || !/^[A-Za-z_]\w*$/.test(variable)) {
    throw new InvalidArgumentError(
      'Use NAME=VALUE, where VALUE is capture_domain, client_id, or client_secret.',
    );
  }
  if (Object.hasOwn(previous, variable))
    throw new InvalidArgumentError('A variable is given twice. Use another name for one of them.');
  return { ...previous, [variable]: value };
}

/** A shorter form could occur in any variable. */
const shortestForm = 8;
const ownNames = /^CAPTURE_(?:DOMAIN|CLIENT_ID|CLIENT_SECRET|EXPIRES_AT|OWNER_\w+|SEAL\w+|GITLAB_TOKEN)$/i;

/**
 * The environment of the program: ours without our own variables and what contains one of the secrets, and with the
 * client's credentials.
 */
export function childEnvironment(
  env: Environment,
  { clientId, clientSecret, captureDomain }: SealedClient,
  {
    names = {},
    secrets,
  }: { readonly names?: VariableNames | undefined; readonly secrets: readonly string[] },
): Record<string, string> {
  const forms = secrets.flatMap((secret) => maskedForms(secret));
  const hasSecret = (value: string): boolean =>
    forms.some((form) => (form.length < shortestForm ? value === form : value.includes(form)));
  const kept = Object.entries(env).filter(([name, value]) => !ownNames.test(name) && !hasSecret(`${value}`));
  const values = { capture_domain: captureDomain, client_id: clientId, client_secret: clientSecret };
  const others = Object.entries(defaultNames).filter(([, value]) => !Object.values(names).includes(value));
  const added = [...others, ...Object.entries(names)].map(([variable, value]) => [variable, values[value]]);
  return Object.fromEntries([...kept, ...added]);
}
