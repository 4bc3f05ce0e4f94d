/** The features a client can be given (clients-add.txt), and what each lets its holder do. */
export const featureMeanings = {
  owner: 'complete admin access',
  access_issuer: 'issues access tokens for other clients',
  direct_read_access: 'reads every customer record',
  direct_access: 'reads and writes every customer record',
  login_client: 'uses the login and registration endpoints',
} as const;

/** The name of a feature. */
export type Feature = keyof typeof featureMeanings;

/** All names, in the order of the document. */
export const featureNames = Object.keys(featureMeanings) as readonly Feature[];

/** Features that let their holder act for others or administer the application. */
export const privilegedFeatures: readonly Feature[] = ['owner', 'access_issuer'];

/** Features that open every customer record. */
export const recordFeatures: readonly Feature[] = ['direct_read_access', 'direct_access'];

/** Is this the name of a feature? */
export function isFeature(name: string): name is Feature {
  return Object.hasOwn(featureMeanings, name);
}
