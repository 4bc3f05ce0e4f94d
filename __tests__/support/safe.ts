import { expect } from '@jest/globals';
import type { StageResult } from './runner/run.ts';
import { formsOf, printed } from './scenario.ts';

/** Expects no form of the secret, no stack trace, and no workflow commands except the toolkit's. */
export function expectSafe(
  stage: StageResult,
  credentials: { client_id: string; client_secret: string },
): void {
  const raw = printed(stage);
  const texts = [raw, stage.log, stage.summary, ...stage.annotations.map(({ message }) => message)];
  for (const form of formsOf(credentials.client_id, credentials.client_secret)) {
    for (const text of texts) {
      expect(text).not.toContain(form);
      // The space that breaks up a workflow command must not hide a secret from the masks.
      expect(text.replaceAll(': :', '::').replaceAll('## [', '##[')).not.toContain(form);
    }
  }
  expect(raw).not.toMatch(/\n\s+at /);
  expect(raw).not.toMatch(/^(?!::(?:error|warning|notice|debug)::).*(?:::[a-z-]+::|##\[)/m);
  expect(stage.state).not.toHaveProperty('stolen');
}
