import { describe, expect, test } from '@jest/globals';
import { CaptureError, classifyCode, classifyStatus, cureFor } from '../../src/capture/errors.ts';
import { captureError } from './fixtures.ts';

const host = 'capture.example.com';

describe('a Capture code says of the call', () => {
  test.each([
    [100, 'none', false],
    [200, 'none', false],
    [201, 'none', false],
    [205, 'none', false],
    [224, 'none', false],
    [361, 'none', false],
    [402, 'none', false],
    [403, 'none', false],
    [404, 'none', false],
    [480, 'none', true],
    [500, 'unknown', true],
    [504, 'unknown', true],
    [510, 'none', true],
    [599, 'unknown', false],
    [600, 'none', false],
  ] as const)('%i: effect %s, transient %s', (code, effect, transient) => {
    expect(classifyCode(code)).toEqual({ effect, transient });
  });
});

describe('an HTTP status alone says of the call', () => {
  test.each([
    [199, 'unknown', true],
    [300, 'none', false],
    [301, 'none', false],
    [307, 'none', false],
    [400, 'none', false],
    [401, 'none', false],
    [403, 'none', false],
    [404, 'none', false],
    [408, 'unknown', true],
    [429, 'none', true],
    [500, 'unknown', true],
    [501, 'unknown', true],
    [502, 'unknown', true],
    [503, 'unknown', true],
    [504, 'unknown', true],
    [510, 'none', true],
    [599, 'unknown', true],
  ] as const)('%i: effect %s, transient %s', (status, effect, transient) => {
    expect(classifyStatus(status)).toEqual({ effect, transient });
  });
});

describe('the cure for a code', () => {
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
    for (const part of parts) expect(cureFor(code, host, undefined)).toContain(part);
  });

  test('names the argument that was wrong', () => {
    expect(cureFor(200, host, 'features')).toContain('features');
    expect(cureFor(100, host, 'description')).toContain('description');
  });

  test('points to the message where no argument is named', () => {
    expect(cureFor(200, host, undefined)).toBe('Correct what the message names and run again.');
  });

  test('points to the owner id where Capture cannot read the client_id that calls', () => {
    expect(cureFor(200, host, 'client_id')).toContain('owner_client_id');
    expect(cureFor(402, host, 'client_id')).toContain('does not accept these owner credentials');
  });

  test.each([300, 431, 540, 999, -1])('%i, which nobody foresaw, is where to look it up', (code) => {
    expect(cureFor(code, host, undefined)).toContain('Error codes');
  });

  test('is always whole sentences', () => {
    for (let code = 0; code < 600; code += 1) {
      for (const argument of [undefined, 'features']) {
        expect(cureFor(code, host, argument)).toMatch(/^[A-Z].*[.?]$/);
      }
    }
  });
});

test('an error reads as what happened, then what to do', () => {
  const error = captureError();
  expect(error).toBeInstanceOf(CaptureError);
  expect(error.name).toBe('CaptureError');
  expect(error.message).toBe(`${error.happened} ${error.cure}`);
});
