import { describe, expect, test } from '@jest/globals';
import {
  featureMeanings,
  featureNames,
  isFeature,
  isPrivileged,
  recordFeatures,
} from '../../../src/capture/features.ts';

describe('features', () => {
  test('are the five of the documents, each with a meaning', () => {
    expect([...featureNames].sort()).toEqual([
      'access_issuer',
      'direct_access',
      'direct_read_access',
      'login_client',
      'owner',
    ]);
    for (const name of featureNames) expect(featureMeanings[name]).toMatch(/^\w.*\w$/);
  });

  test.each(['', 'Owner', ' owner', 'metadata', 'toString', '__proto__'])("%j isn't one", (name) => {
    expect(isFeature(name)).toBe(false);
  });

  test('that act for others are owner and access_issuer', () => {
    expect(featureNames.filter(isPrivileged)).toEqual(['owner', 'access_issuer']);
  });

  test('that open every customer record are the two direct ones', () => {
    expect([...recordFeatures].sort()).toEqual(['direct_access', 'direct_read_access']);
  });
});
