import config from './jest.config.js';

/** What needs programs that npm does not bring: act, and the vendor's clients for Python. */
export default {
  extensionsToTreatAsEsm: config.extensionsToTreatAsEsm,
  transform: config.transform,
  testMatch: ['<rootDir>/{e2e,vendor}/**/*.test.ts'],
  testTimeout: 300_000,
};
