/** The features that a client can have, and what each of them allows. */
export const featureMeanings = {
  owner: 'complete admin access',
  access_issuer: 'issues access tokens for other clients',
  direct_read_access: 'reads every customer record',
  direct_access: 'reads and writes every customer record',
  login_client: 'uses the login and registration endpoints',
} as const;

/** The name of a feature. */
export type Feature = keyof typeof featureMeanings;

/** All features, in the order of Capture's documents. */
export const featureNames = Object.keys(featureMeanings) as readonly Feature[];

/** Features that allow a client to act for others, or to administer the application. */
export const privilegedFeatures: readonly Feature[] = ['owner', 'access_issuer'];

/** Features that give access to every customer record. */
export const recordFeatures: readonly Feature[] = ['direct_read_access', 'direct_access'];

/** Whether this is the name of a feature. */
export function isFeature(name: string): name is Feature {
  return Object.hasOwn(featureMeanings, name);
}
