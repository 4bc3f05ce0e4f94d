import config from '../../jest.config.js';

// What can notice a change in src/ at its source and quickly: no bundle, no emulator, no random lives.
export default {
  ...config,
  roots: ['<rootDir>/src', '<rootDir>/__tests__', '<rootDir>/emulator'],
  testMatch: ['<rootDir>/__tests__/unit/**/*.test.ts'],
  // Sealing is not changed here, and its rounds of key derivation take long.
  testPathIgnorePatterns: ['/node_modules/', '/unit/sealing\\.test\\.ts$'],
  // None takes more than a second or two; one that hangs is noticed.
  testTimeout: 10_000,
  setupFiles: [...(config.setupFiles ?? []), '<rootDir>/scripts/jest-mutation-setup.ts'],
  testEnvironment: './scripts/jest-mutation-environment.js',
  runner: './scripts/jest-mutation-runner.js',
};
