export default {
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': './__tests__/support/strip-types.js' },
  setupFiles: ['<rootDir>/__tests__/support/seed.ts'],
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  // Windows has no SIGINT or SIGTERM to send: a signal simply ends the process there.
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(process.platform === 'win32' ? ['bundle.cancel\\.test\\.ts$'] : []),
  ],
  testTimeout: 60_000,
  // Most of them wait for a post step that gives late requests their time.
  maxConcurrency: 10,
};
