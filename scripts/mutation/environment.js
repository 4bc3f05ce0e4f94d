import { TestEnvironment } from 'jest-environment-node';

/** Node's, but the first test that fails is the last one of its file: one is enough to notice a mutant. */
export default class extends TestEnvironment {
  #failed = false;

  async handleTestEvent({ name, test }) {
    if (name === 'test_done' && test.errors.length > 0) this.#failed = true;
    if (name === 'test_start' && this.#failed) test.mode = 'skip';
  }
}
