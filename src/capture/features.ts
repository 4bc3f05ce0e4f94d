export const featureMeanings = {
  owner: 'complete admin access',
  access_issuer: 'issues access tokens for other clients',
  direct_read_access: 'reads every customer record',
  direct_access: 'reads and writes every customer record',
  login_client: 'uses the login and registration endpoints',
} as const;

export type Feature = keyof typeof featureMeanings;

export const featureNames = Object.keys(featureMeanings) as readonly Feature[];

/** Whether this feature allows a client to act for others, or to administer the application. */
export function isPrivileged(feature: string): boolean {
  return feature === 'owner' || feature === 'access_issuer';
}

export const recordFeatures: readonly Feature[] = ['direct_read_access', 'direct_access'];

/** Whether it's a list as Capture has it, of features or of ranges. */
export function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

export function isFeature(name: string): name is Feature {
  return Object.hasOwn(featureMeanings, name);
}
