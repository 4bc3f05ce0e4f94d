import { describe, expect, test } from '@jest/globals';
import { readContext } from '../../../src/github/context.ts';
import { readDeleteInputs } from '../../../src/inputs/delete-inputs.ts';
import { InputError } from '../../../src/inputs/inputs.ts';
import {
  createInputs,
  type Given,
  inputSource,
  pullRequestEnvironment,
  pullRequestEvent,
  pushContext,
  requiredInputs,
  thrownBy,
} from '../../support/fixtures.ts';

const pullRequestContext = readContext(pullRequestEnvironment, pullRequestEvent());

function read(given: Given, context = pushContext) {
  return readDeleteInputs(inputSource({ ...requiredInputs, ...given }), context);
}

function complaint(given: Given, context = pushContext): string {
  const error = thrownBy(() => read(given, context));
  expect(error).toBeInstanceOf(InputError);
  return error.message;
}

describe('the target', () => {
  test.each<[Given, object]>([
    [{ client_id: 'abc' }, { clientId: 'abc' }],
    [{ lifetime: 'run' }, { purpose: { lifetime: 'run', runId: '5678' }, name: undefined }],
    [
      { lifetime: 'run', name: 'api' },
      { purpose: { lifetime: 'run', runId: '5678' }, name: 'api' },
    ],
    [
      { lifetime: 'pull_request', name: 'api' },
      { purpose: { lifetime: 'pull_request', pullRequest: 42 }, name: 'api' },
    ],
    [
      { lifetime: 'pull_request', pull_request: '7' },
      { purpose: { lifetime: 'pull_request', pullRequest: 7 }, name: undefined },
    ],
  ])('of %j is %j', (given, target) => {
    const inputs = read(given, pullRequestContext);
    expect(inputs).toEqual({ capture: createInputs().capture, target });
  });

  test.each<[Given, string]>([
    [{ client_id: '', name: 'api' }, 'client_id is empty. Check that the step'],
    [{ client_id: 'abc', pull_request: '7' }, 'pull_request has no effect with client_id. Remove it,'],
    [{ lifetime: 'job' }, 'lifetime: "job" isn\'t valid. Use run or pull_request.'],
    [
      { lifetime: 'pull_request' },
      'lifetime: the event push belongs to no pull request. Set pull_request to its number,',
    ],
    [
      { lifetime: 'pull_request', pull_request: '0' },
      'pull_request: "0" isn\'t the number of a pull request.',
    ],
    [{ client_id: 'a:b' }, "client_id: the value contains a character that isn't valid in a client ID."],
    [{ lifetime: 'run', name: 'a\nb' }, 'name: the text has a line break'],
  ])('is not given by %j', (given, start) => {
    const message = complaint(given);
    expect(message.slice(0, start.length)).toBe(start);
    expect(message).toMatch(/Nothing was sent to Capture\.$/);
  });

  test.each<[Given, string]>([
    [
      {},
      'client_id is empty. Check that the step that creates the client ran, and that client_id refers to its output. To delete all clients of this run or pull request, set lifetime.',
    ],
    ...[{}, { name: 'api' }, { pull_request: '7' }].map((extra): [Given, string] => [
      { client_id: 'abc', lifetime: 'run', ...extra },
      'client_id and lifetime exclude each other. Remove lifetime to delete one client, or client_id to delete all clients of this run or pull request.',
    ]),
    [
      { client_id: 'abc', name: 'api' },
      'name has no effect with client_id. Remove it, or set lifetime instead of client_id.',
    ],
    [
      { lifetime: 'run', pull_request: '7' },
      'pull_request has no effect with lifetime run, which means this workflow run. Remove it, or set lifetime: pull_request.',
    ],
  ])('that is not given by %j is one problem', (given, problem) => {
    expect(complaint(given)).toBe(`${problem} Nothing was sent to Capture.`);
  });

  test('and the domain can both be wrong', () => {
    const message = complaint({ lifetime: 'job', capture_domain: '' });
    expect(message).toContain('- lifetime: "job" isn\'t valid.');
    expect(message).toContain('- capture_domain is empty.');
  });
});
