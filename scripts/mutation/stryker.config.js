export default {
  mutate: ['src/{capture,lifecycle,workflow}/**/*.ts', '!**/*.d.ts'],
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: { configFile: 'jest.mutation.config.js' },
  coverageAnalysis: 'perTest',
  // What is computed when a file is loaded would need every test for each change.
  ignoreStatic: true,
  concurrency: 2,
  // Modules that jest loads into a context are never given back.
  maxTestRunnerReuse: 25,
  // A timeout counts as noticed, so it must not come from a slow machine.
  timeoutMS: 10_000,
  timeoutFactor: 3,
  reporters: ['clear-text', 'json'],
  clearTextReporter: { reportTests: false },
  jsonReporter: { fileName: 'coverage/mutation.json' },
  incremental: true,
  incrementalFile: 'coverage/mutation-incremental.json',
  tempDirName: 'coverage/stryker',
  // TypeScript 7 has no API yet that Stryker could read a tsconfig with.
  ignorePatterns: ['dist', 'tsconfig*.json'],
};
