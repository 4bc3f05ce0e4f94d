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
    [{}, 'client_id and lifetime: give exactly one.'],
    [{ client_id: 'abc', lifetime: 'run' }, 'client_id and lifetime: give exactly one.'],
    [{ client_id: 'abc', name: 'api' }, 'name says nothing beside client_id.'],
    [{ client_id: 'abc', pull_request: '7' }, 'pull_request says nothing beside client_id.'],
    [{ lifetime: 'run', pull_request: '7' }, 'pull_request says nothing beside lifetime: run,'],
    [{ lifetime: 'job' }, 'lifetime is "job"; it takes run or pull_request.'],
    [
      { lifetime: 'pull_request' },
      'lifetime is pull_request, but the event push belongs to no pull request.',
    ],
    [{ lifetime: 'pull_request', pull_request: '0' }, 'pull_request is "0", which is not the number'],
    [{ client_id: 'a:b' }, 'client_id holds a character that no client id has.'],
    [{ lifetime: 'run', name: 'a\nb' }, 'name holds a line break'],
  ])('is not told by %j', (given, start) => {
    const message = complaint(given);
    expect(message.slice(0, start.length)).toBe(start);
    expect(message).toMatch(/Nothing was sent to Capture\.$/);
  });

  test('and the domain may both be wrong', () => {
    const message = complaint({ lifetime: 'job', capture_domain: '' });
    expect(message).toContain('- lifetime is "job"');
    expect(message).toContain('- capture_domain is empty.');
  });
});
