export default {
  // What each program starts with runs when it's loaded, so the integration tests hold it.
  mutate: ['src/**/*.ts', '!src/{capture-client,main,post}.ts', '!**/*.d.ts'],
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: { configFile: 'scripts/mutation/jest.config.js' },
  coverageAnalysis: 'perTest',
  // A mutant in code that runs when a file is loaded would need every test.
  ignoreStatic: true,
  concurrency: 2,
  // Jest never frees the modules that it loads into a context.
  maxTestRunnerReuse: 25,
  // A timeout counts as noticed, so a slow machine must not cause one.
  timeoutMS: 10_000,
  timeoutFactor: 3,
  reporters: ['clear-text', 'json'],
  clearTextReporter: { reportTests: false },
  jsonReporter: { fileName: 'coverage/mutation.json' },
  incremental: true,
  incrementalFile: 'coverage/mutation-incremental.json',
  tempDirName: 'coverage/stryker',
  // TypeScript 7 has no API yet with which Stryker could read a tsconfig.
  ignorePatterns: ['dist', 'tsconfig*.json'],
};
