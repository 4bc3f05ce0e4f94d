import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import TestRunner from 'jest-runner';

/**
 * Jest's own runner, but for a mutant it loads only the files that have one of the wanted tests, the one that is named
 * like the source first, and stops at the first that fails: Stryker asks for tests by name alone, and to load all files
 * takes most of the time.
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
