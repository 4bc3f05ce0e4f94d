import { TestEnvironment } from 'jest-environment-node';

/** Skips the rest of a file after the first failed test: one is enough to notice a mutant. */
export default class extends TestEnvironment {
  #failed = false;

  async handleTestEvent({ name, test }) {
    if (name === 'test_done' && test.errors.length > 0) this.#failed = true;
    if (name === 'test_start' && this.#failed) test.mode = 'skip';
  }
}
