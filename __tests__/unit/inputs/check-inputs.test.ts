import { expect, test } from '@jest/globals';
import { readCheckInputs } from '../../../src/inputs/check-inputs.ts';
import {
  createInputs,
  type Given,
  inputSource,
  pushContext,
  requiredInputs,
  thrownBy,
} from '../../support/fixtures.ts';

function read(given: Given = {}) {
  return readCheckInputs(inputSource({ ...requiredInputs, ...given }), pushContext);
}

test('by default, the check goes all the way, except for what needs an hour or privileges', () => {
  expect(read()).toEqual({
    capture: createInputs({ timeout: '5m' }).capture,
    mode: 'all',
    waitForExpiry: false,
    allowPrivilegedFeatures: false,
    githubToken: undefined,
    showSummary: true,
  });
});

test('the check reads all its inputs', () => {
  const given = {
    mode: 'all',
    wait_for_expiry: 'true',
    allow_privileged_features: 'true',
    github_token: 'token',
    show_summary: 'false',
  };
  expect(read(given)).toEqual({
    capture: createInputs({ timeout: '5m' }).capture,
    mode: 'all',
    waitForExpiry: true,
    allowPrivilegedFeatures: true,
    githubToken: 'token',
    showSummary: false,
  });
});

test.each(['credentials', 'life'])('the mode %s has nothing to wait for', (mode) => {
  expect(read({ mode })).toMatchObject({ mode, waitForExpiry: false });
  expect(thrownBy(() => read({ mode, wait_for_expiry: 'true' })).message).toBe(
    `wait_for_expiry has no effect with mode ${mode}. Remove one of them. Nothing was sent to Capture.`,
  );
});

test('a mode that is not valid is the only problem with a wait', () => {
  const { message } = thrownBy(() => read({ mode: 'half', wait_for_expiry: 'true' }));
  expect(message).toMatch(/^mode: "half" isn't valid\./);
  expect(message).not.toContain('wait_for_expiry');
});
