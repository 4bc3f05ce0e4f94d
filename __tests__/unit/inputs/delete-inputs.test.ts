import { describe, expect, test } from '@jest/globals';
import { readContext } from '../../../src/github/workflow-context.ts';
import { readDeleteInputs } from '../../../src/inputs/delete-inputs.ts';
import { InputError } from '../../../src/inputs/read-inputs.ts';
import {
  createInputs,
  type Given,
  inputReader,
  pullRequestEnvironment,
  pullRequestEvent,
  pushContext,
  requiredInputs,
  thrownBy,
} from '../../support/fixtures.ts';

const pullRequestContext = readContext(pullRequestEnvironment, pullRequestEvent());

function read(given: Given, context = pushContext) {
  return readDeleteInputs(inputReader({ ...requiredInputs, ...given }, context));
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

  const missing =
    '`client_id` and `lifetime` are empty. If `client_id` comes from an output, check that the step that creates the client ran. To delete all clients of this run or pull request, set `lifetime`.';
  const both =
    '`client_id` and `lifetime` exclude each other. Remove `lifetime` to delete one client, or `client_id` to delete all clients of this run or pull request.';
  const useless = (name: string) =>
    `\`${name}\` has no effect with \`client_id\`. Remove it, or set \`lifetime\` instead of \`client_id\`.`;

  test.each<[Given, string]>([
    [{}, missing],
    [{ client_id: '', name: 'api' }, missing],
    ...[{}, { name: 'api' }].map((extra): [Given, string] => [
      { client_id: 'abc', lifetime: 'run', ...extra },
      both,
    ]),
    [{ client_id: 'abc', name: 'api' }, useless('name')],
    [{ client_id: 'abc', pull_request: '7' }, useless('pull_request')],
    [
      { lifetime: 'run', pull_request: '7' },
      '`pull_request` has no effect with `lifetime` run. Remove it, or set `lifetime: pull_request`.',
    ],
    [
      { client_id: requiredInputs.owner_client_id as string },
      '`client_id` is the owner client, which is never deleted. Set it to the client to delete.',
    ],
    [{ lifetime: 'job' }, '`lifetime`: "job" isn\'t valid. Use run or pull_request.'],
    [{ lifetime: 'pull_request' }, `\`lifetime\`: ${inputReader().words.noPullRequest}`],
  ])('that is not given by %j is one problem', (given, problem) => {
    expect(complaint(given)).toBe(`${problem} Nothing was sent to Capture.`);
  });

  test('and the owner can both be wrong', () => {
    const problems = /^2 problems .*\n- `owner_client_id` is empty\. .*\n- `lifetime`: "job" isn't valid\. /;
    expect(complaint({ lifetime: 'job', owner_client_id: '' })).toMatch(problems);
  });
});
