import { describe, expect, test } from '@jest/globals';
import { CaptureError, classifyCode, classifyStatus, hintFor } from '../../../src/capture/capture-error.ts';
import { captureError } from '../../support/fixtures.ts';

const host = 'capture.example.com';

describe('a Capture code says of the call', () => {
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

describe('an HTTP status alone says of the call', () => {
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
    [402, ['does not accept these owner credentials', 'rotated', host]],
    [403, ['feature "owner"', 'allow list']],
    [404, [`Is ${host} a Capture domain?`]],
    [480, ['maintenance']],
    [500, ['request id']],
    [504, ['request id']],
    [510, ['simultaneous', 'timeout']],
  ])('%i names what to do', (code, parts) => {
    for (const part of parts) expect(hintFor(code, host, undefined)).toContain(part);
  });

  test('names the argument that was wrong', () => {
    expect(hintFor(200, host, 'features')).toContain('features');
    expect(hintFor(100, host, 'description')).toContain('description');
  });

  test('points to the message where no argument is named', () => {
    expect(hintFor(200, host, undefined)).toBe('Correct what the message names and run again.');
  });

  test('points to the owner id where Capture cannot read the client_id that calls', () => {
    expect(hintFor(200, host, 'client_id')).toContain('owner_client_id');
    expect(hintFor(402, host, 'client_id')).toContain('does not accept these owner credentials');
  });

  test.each([300, 431, 540, 999, -1])('%i, which nobody foresaw, is where to look it up', (code) => {
    expect(hintFor(code, host, undefined)).toContain('Error codes');
  });

  test('is always whole sentences', () => {
    for (let code = 0; code < 600; code += 1) {
      for (const argument of [undefined, 'features']) {
        expect(hintFor(code, host, argument)).toMatch(/^[A-Z].*[.?]$/);
      }
    }
  });
});

test('an error reads as what problem, then what to do', () => {
  const error = captureError();
  expect(error).toBeInstanceOf(CaptureError);
  expect(error.name).toBe('CaptureError');
  expect(error.message).toBe(`${error.problem} ${error.hint}`);
});
