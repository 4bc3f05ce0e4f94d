import type { Environment } from '../capture/network-settings.ts';
import { maskedForms } from '../secrets/masking.ts';
import type { SealedClient } from '../secrets/sealing.ts';

const defaultNames = {
  capture_domain: 'CAPTURE_DOMAIN',
  client_id: 'CAPTURE_CLIENT_ID',
  client_secret: 'CAPTURE_CLIENT_SECRET',
};

export type ValueName = keyof typeof defaultNames;

export type VariableNames = readonly (readonly [variable: string, value: ValueName])[];

/**
 * Parses the values of `--env`. They replace the default names of the values that they name.
 * @param texts `NAME=client_id`
 */
export function parseVariableNames(texts: readonly string[] = []): {
  names: VariableNames;
  problems: readonly string[];
} {
  const words = Object.keys(defaultNames) as ValueName[];
  const parsed = texts.map((text) => {
    const [, variable = '', word] = /^([A-Za-z_]\w*)=(\w+)$/.exec(text) ?? [];
    const value = words.find((one) => one === word);
    return value === undefined ? undefined : ([variable, value] as const);
  });
  const names = parsed.filter((pair) => pair !== undefined);
  const others = words.filter((word) => !names.some(([, value]) => value === word));
  const problem = '--env: use NAME=VALUE, where VALUE is capture_domain, client_id, or client_secret.';
  const isRepeated = new Set(names.map(([variable]) => variable)).size < names.length;
  return {
    names: [...names, ...others.map((word) => [defaultNames[word], word] as const)],
    problems: [
      ...(names.length === texts.length ? [] : [problem]),
      ...(isRepeated ? ['--env: a variable is given twice. Use another name for one of them.'] : []),
    ],
  };
}

/** A shorter form could occur in any variable. */
const shortestForm = 8;
const ownNames = /^CAPTURE_(?:DOMAIN|CLIENT_ID|CLIENT_SECRET|EXPIRES_AT|OWNER_\w+|SEAL\w+|GITLAB_TOKEN)$/i;

/**
 * The environment of the program: ours without our own variables and without everything that contains one of the
 * secrets, and the client's credentials.
 * @param secrets that the program must not get
 */
export function childEnvironment(
  env: Environment,
  { clientId, clientSecret, captureDomain }: SealedClient,
  { names, secrets }: { readonly names: VariableNames; readonly secrets: readonly string[] },
): Record<string, string> {
  const forms = secrets.flatMap((secret) => maskedForms(secret));
  const hasSecret = (value: string): boolean =>
    forms.some((form) => (form.length < shortestForm ? value === form : value.includes(form)));
  const kept = Object.entries(env).filter(([name, value = '']) => !ownNames.test(name) && !hasSecret(value));
  const values = { capture_domain: captureDomain, client_id: clientId, client_secret: clientSecret };
  const added = names.map(([variable, value]) => [variable, values[value]] as const);
  return Object.fromEntries([...kept, ...added]) as Record<string, string>;
}
