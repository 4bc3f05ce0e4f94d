import config from './jest.config.js';

/** What needs programs that npm does not bring: act, the vendor's clients for Python, zizmor. */
export default {
  extensionsToTreatAsEsm: config.extensionsToTreatAsEsm,
  transform: config.transform,
  testMatch: ['<rootDir>/{e2e,scripts,vendor}/**/*.test.ts'],
  testTimeout: 300_000,
};
