export default {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': './scripts/jest-strip-types.js' },
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  testTimeout: 30_000,
};
