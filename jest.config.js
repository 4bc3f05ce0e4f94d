/** What the projects below and the mutation set-up have in common. */
export const common = {
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/__tests__/support/strip-types.js' },
  setupFiles: ['<rootDir>/__tests__/support/seed.ts'],
  modulePathIgnorePatterns: ['<rootDir>/build/'],
};

/** Of the integration tests, `npm test` runs these: a client's life, who gets which client, what must never leak, and that each command works at all. */
const core = ['create', 'failures', 'lifetimes', 'seal', 'secrecy', 'smoke', 'stories'].map(
  (name) => `integration/${name}`,
);

/** Unit and repository tests that start many processes or load large packages. `npm test` leaves them out. */
const slow = ['repository/yaml', 'unit/support/run'];

// Windows can't deliver SIGINT or SIGTERM: either one ends a process there at once.
const needSignals = process.platform === 'win32' ? ['integration/cancel', 'integration/cli/.*'] : [];

const testMatch = (paths) => paths.map((path) => `<rootDir>/__tests__/${path}.test.ts`);
const testPathIgnorePatterns = (paths) => paths.map((path) => `<rootDir>/__tests__/${path}\\.test\\.ts$`);

export default {
  projects: [
    {
      displayName: 'unit',
      testMatch: testMatch(['{unit,repository}/**/*']),
      testPathIgnorePatterns: testPathIgnorePatterns(slow),
    },
    { displayName: 'core', testMatch: testMatch(core) },
    // Everything else that needs only npm.
    {
      displayName: 'integration',
      testMatch: testMatch(['integration/**/*', ...slow]),
      testPathIgnorePatterns: testPathIgnorePatterns([...core, ...needSignals]),
    },
    // These need programs that npm doesn't install: act, zizmor, Wine, Python with Capture's own clients.
    { displayName: 'e2e', testMatch: testMatch(['e2e/**/*']) },
    { displayName: 'windows', testMatch: testMatch(['windows/**/*']) },
    { displayName: 'vendor-clients', testMatch: testMatch(['vendor-clients/**/*']) },
  ].map((project) => ({ ...common, ...project })),
  testTimeout: 60_000,
  // Most concurrent tests only wait, for example for a post step that gives late requests time to arrive.
  maxConcurrency: 10,
  // Most of the time, a test file waits for the processes that it starts.
  maxWorkers: '100%',
};
