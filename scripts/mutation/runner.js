import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import TestRunner from 'jest-runner';

/**
 * Jest's runner, but for a mutant it loads only files that have one of the requested tests, starts with the file named
 * like the mutated source, and stops at the first failure. Stryker requests tests only by name, and loading all files
 * would take most of the time.
 */
export default class extends TestRunner {
  async runTests(tests, watcher, options) {
    const { rootDir, testNamePattern, nonFlagArgs } = this._globalConfig;
    const store = join(rootDir, 'tests-of-files.json');
    const namesOf = existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : {};
    const wanted = testNamePattern && new RegExp(testNamePattern, 'i');
    const isWanted = ({ path }) => !wanted || namesOf[path].some((name) => wanted.test(name));
    const isFirst = ({ path }) => Number(path.endsWith(`/${parse(nonFlagArgs[0] ?? '').name}.test.ts`));
    const isMutant = process.env.__STRYKER_ACTIVE_MUTANT__ !== undefined;
    let failed = false;
    this.on('test-file-failure', () => {
      failed = true;
    });
    this.on('test-file-success', ([{ path }, { testResults, numFailingTests, testExecError }]) => {
      failed ||= numFailingTests > 0 || testExecError !== undefined;
      if (!isMutant) namesOf[path] = testResults.map(({ fullName }) => fullName);
    });
    for (const test of tests.filter(isWanted).sort((a, b) => isFirst(b) - isFirst(a))) {
      if (isMutant && failed) break;
      await super.runTests([test], watcher, options);
    }
    if (!isMutant) writeFileSync(store, JSON.stringify(namesOf));
  }
}
