import { captureInputs, type InputSource, type Rule, readInputs } from './inputs.ts';
import type { RunContext } from './run-context.ts';

/** @throws InputError with every problem */
export function readCheckInputs(source: InputSource, context: RunContext) {
  const values = readInputs('check', rules, { source, context });
  return {
    capture: captureInputs(values),
    mode: values.mode,
    waitForExpiry: values.wait_for_expiry,
    allowPrivilegedFeatures: values.allow_privileged_features,
    githubToken: values.github_token,
    showSummary: values.show_summary,
  };
}

const rules: readonly Rule<'check'>[] = [
  function rejectUselessWait({ values: { mode, wait_for_expiry } }, { wording }) {
    if (!wait_for_expiry || mode === undefined || mode === 'all') return undefined;
    return `${wording.input('wait_for_expiry')} has no effect with ${wording.input('mode')} ${mode}. Remove one of them.`;
  },
];
