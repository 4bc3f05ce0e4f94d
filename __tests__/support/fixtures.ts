import { expect } from '@jest/globals';
import type { Environment } from '../../src/capture/network-settings.ts';
import { readContext, type WorkflowContext } from '../../src/github/workflow-context.ts';
import { workflowWords } from '../../src/github/workflow-words.ts';
import { type CreateInputs, readCreateInputs } from '../../src/inputs/create-inputs.ts';
import { InputError, type InputReader, type InputSource } from '../../src/inputs/read-inputs.ts';
import { now, thrownBy } from './basics.ts';

export * from './basics.ts';

/** The runner's variables in a job that a push to main started. */
export const pushEnvironment: Environment = {
  GITHUB_ACTOR: 'octocat',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_REF_NAME: 'main',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_REPOSITORY_ID: '1234',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_RUN_ID: '5678',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_WORKFLOW_REF: 'acme/shop/.github/workflows/preview.yml@refs/heads/main',
};

export const pullRequestEnvironment: Environment = {
  ...pushEnvironment,
  GITHUB_EVENT_NAME: 'pull_request',
  GITHUB_REF_NAME: '42/merge',
};

/** The parts of a pull request's payload that the context reads. */
export function pullRequestEvent(head: { id: number } | null = { id: 1234 }, login = 'octocat') {
  return {
    pull_request: { number: 42, user: { login }, head: { repo: head }, base: { repo: { id: 1234 } } },
  };
}

export const pushContext = readContext(pushEnvironment, {});

/** Inputs as a caller writes them in `with:`. */
export type Given = Readonly<Record<string, string>>;

/** Just enough inputs to create a client. */
export const requiredInputs: Given = {
  capture_domain: 'example.us-dev.janraincapture.com',
  owner_client_id: 'abcdefghjkmnpqrstuvwxyz23456789a',
  owner_client_secret: 'the owner secret',
};

/** Provides inputs as the runner and the toolkit do. */
export function inputSource(given: Given): InputSource {
  return {
    get: (name: string) => (given[name] ?? '').trim(),
    variables: ['PATH', ...Object.keys(given).map((name) => `INPUT_${name.toUpperCase()}`)],
  };
}

/** What reads inputs in a workflow: exactly these. */
export function inputReader(given: Given = {}, run: WorkflowContext = pushContext): InputReader {
  return { inputs: inputSource(given), run, words: workflowWords(run) };
}

/** The inputs of the create action: the required ones and these. */
export function createInputs(given: Given = {}, run: WorkflowContext = pushContext): CreateInputs {
  return readCreateInputs(inputReader({ ...requiredInputs, ...given }, run), now);
}

/** The message about invalid inputs. The required ones are given, unless these replace them. */
export function complaint(given: Given, context: WorkflowContext = pushContext): string {
  const error = thrownBy(() => createInputs(given, context));
  expect(error).toBeInstanceOf(InputError);
  return error.message;
}
