import { globSync } from 'node:fs';

/** Ends `npm test` with how many tests ran, and what they leave out. */
export default class WhatElse {
  onRunComplete(_contexts, { numTotalTests, testResults }) {
    const ran = testResults.map(({ testFilePath }) => testFilePath);
    const cwd = `${import.meta.dirname}/..`;
    const others = globSync('integration/**/*.test.ts', { cwd }).filter(
      (file) => !ran.some((path) => path.replaceAll('\\', '/').endsWith(file.replaceAll('\\', '/'))),
    );
    const subjects = others.map((file) => file.replace(/^integration.|\.test\.ts$/g, '')).sort();
    console.log(
      `\n${numTotalTests} tests ran. \`npm run test:all\` adds ${others.length} files of integration tests, which take minutes: ${subjects.join(', ')}.`,
    );
  }
}
