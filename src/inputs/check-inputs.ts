import { captureInputs, type InputSource, readInputs } from './inputs.ts';

/**
 * Reads the inputs of the check action.
 * @throws InputError with every problem
 */
export function readCheckInputs(source: InputSource, context: Parameters<typeof readInputs>[2]['context']) {
  const values = readInputs('check', [], { source, context });
  return {
    capture: captureInputs(values),
    mode: values.mode,
    waitForExpiry: values.wait_for_expiry,
    githubToken: values.github_token,
    showSummary: values.show_summary,
  };
}
