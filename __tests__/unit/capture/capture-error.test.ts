import { describe, expect, test } from '@jest/globals';
import {
  CaptureError,
  classifyCode,
  classifyStatus,
  hintFor,
  isUnknownClient,
} from '../../../src/capture/capture-error.ts';
import { ExpectedError } from '../../../src/expected-error.ts';
import { captureError } from '../../support/fixtures.ts';

const host = 'capture.example.com';

describe('a Capture code', () => {
  test.each([
    [100, 'no', false],
    [200, 'no', false],
    [201, 'no', false],
    [205, 'no', false],
    [224, 'no', false],
    [361, 'no', false],
    [402, 'no', false],
    [403, 'no', false],
    [404, 'no', false],
    [480, 'no', true],
    [500, 'unknown', true],
    [504, 'unknown', true],
    [510, 'no', true],
    [599, 'unknown', false],
    [600, 'no', false],
  ] as const)('%i: applied %s, retryable %s', (code, applied, retryable) => {
    expect(classifyCode(code)).toEqual({ applied, retryable });
  });
});

describe('an HTTP status without a code', () => {
  test.each([
    [199, 'unknown', true],
    [300, 'no', false],
    [301, 'no', false],
    [307, 'no', false],
    [400, 'no', false],
    [401, 'no', false],
    [403, 'no', false],
    [404, 'no', false],
    [408, 'unknown', true],
    [429, 'no', true],
    [500, 'unknown', true],
    [501, 'unknown', true],
    [502, 'unknown', true],
    [503, 'unknown', true],
    [504, 'unknown', true],
    [510, 'no', true],
    [599, 'unknown', true],
  ] as const)('%i: applied %s, retryable %s', (status, applied, retryable) => {
    expect(classifyStatus(status)).toEqual({ applied, retryable });
  });
});

describe('the hint for a code', () => {
  test.each([
    [205, ['Authorization header', 'proxy']],
    [221, [host]],
    [224, [host]],
    [402, ['owner_client_id and owner_client_secret', 'rotated', host]],
    [403, ['owner feature', 'allow list']],
    [404, [`${host} probably isn't a Capture domain`]],
    [480, ['maintenance']],
    [500, ['request ID']],
    [504, ['request ID']],
    [510, ['simultaneous', 'timeout']],
  ])('%i names what to do', (code, parts) => {
    for (const part of parts) expect(hintFor(code, 'clients/list', host)).toContain(part);
  });

  test('names the argument that was wrong', () => {
    expect(hintFor(200, 'clients/list', host, 'features')).toContain('features');
    expect(hintFor(100, 'clients/list', host, 'description')).toContain('description');
  });

  test.each([
    ['whitelist', 'ip_allow_list'],
    ['items', 'settings'],
    ['client_id_for_deletion', 'client_id'],
  ])('names the input of the argument %s: %s', (argument, input) => {
    expect(hintFor(200, 'clients/add', host, argument)).toBe(`Correct ${input}, then run this again.`);
  });

  test('points to the message if no argument is named', () => {
    expect(hintFor(200, 'clients/list', host)).toBe(
      'Correct the value that Capture names, then run this again.',
    );
  });

  test('points to the owner ID if Capture cannot read the client_id of the caller', () => {
    expect(hintFor(200, 'clients/list', host, 'client_id')).toContain('owner_client_id');
    expect(hintFor(402, 'clients/list', host, 'client_id')).toContain('owner_client_secret');
  });

  test.each([300, 431, 540, 999, -1])('%i, which is unknown, says where to look it up', (code) => {
    expect(hintFor(code, 'clients/list', host)).toContain('Error codes');
  });

  test('is always whole sentences', () => {
    for (let code = 0; code < 600; code += 1) {
      for (const argument of [undefined, 'features']) {
        expect(hintFor(code, 'clients/list', host, argument)).toMatch(/^[A-Z].*\.$/);
      }
    }
  });
});

test('the hint says that nothing was created, where that is what matters', () => {
  const hint = `Check owner_client_id and owner_client_secret: the secret may have been rotated, or they belong to a different application than ${host}.`;
  expect(hintFor(402, 'clients/add', host)).toBe(`Nothing was created. ${hint}`);
  expect(hintFor(402, 'clients/list', host)).toBe(hint);
});

describe('an error', () => {
  test('is an expected one: problem, hint, and a title', () => {
    const error = captureError();
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error.name).toBe('CaptureError');
    expect(error.message).toBe(`${error.problem} ${error.hint}`);
    expect(error.title).toBe('clients/add failed');
  });

  test('keeps its cause', () => {
    const cause = new Error('broken');
    const { problem, hint, details } = captureError();
    expect(new CaptureError(problem, hint, details, { cause }).cause).toBe(cause);
  });

  const unknown = {
    code: 200,
    argumentName: 'for_client_id',
    description: 'for_client_id was not valid for the following reason: for_client_id is not a valid id',
  };

  test.each([
    [{}, true],
    [{ argumentName: 'client_id_for_deletion' }, true],
    [{ argumentName: 'client_id' }, false],
    [{ argumentName: undefined }, false],
    [{ code: 201 }, false],
    [{ description: 'must be a string' }, false],
    [{ description: undefined }, false],
  ])('with %j: says that the client is unknown: %s', (changes, expected) => {
    expect(isUnknownClient(captureError({ ...unknown, ...changes }))).toBe(expected);
  });
});
