import { common } from '../../jest.config.js';

// The unit tests that can notice a change in src/ quickly: no bundle, no process of its own.
export default {
  ...common,
  roots: ['<rootDir>/src', '<rootDir>/__tests__', '<rootDir>/emulator'],
  testMatch: ['<rootDir>/__tests__/unit/**/*.test.ts'],
  // Tests of the emulator and of test support don't run src/.
  testPathIgnorePatterns: ['/unit/(?:emulator|support)/'],
  // A test takes a second or two at most, so a longer one hangs.
  testTimeout: 10_000,
  setupFiles: [...common.setupFiles, '<rootDir>/scripts/mutation/setup.ts'],
  // Stryker resolves the environment itself, and doesn't know <rootDir>.
  testEnvironment: './scripts/mutation/environment.js',
  runner: '<rootDir>/scripts/mutation/runner.js',
};
