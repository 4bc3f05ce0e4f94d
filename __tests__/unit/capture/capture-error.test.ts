import { describe, expect, test } from '@jest/globals';
import { CaptureError } from '../../../src/capture/capture-error.ts';
import { ExpectedError } from '../../../src/errors.ts';
import { captureError } from '../../support/basics.ts';

describe('an error', () => {
  test('is an expected one: problem, hint, and a title', () => {
    const error = captureError();
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error.name).toBe('CaptureError');
    expect(error.message).toBe(`${error.problem} ${error.hint}`);
    expect(error.title).toBe('clients/add failed');
  });

  test('in other words keeps what is known, and is the cause', () => {
    const error = captureError();
    const other = error.because({ problem: 'It failed.' }, { retryable: false });
    expect(other).toBeInstanceOf(CaptureError);
    expect(other).toMatchObject({
      problem: 'It failed.',
      hint: error.hint,
      cause: error,
      title: error.title,
    });
    expect(other.details).toEqual({ ...error.details, retryable: false });
    const expected = new ExpectedError('No.', 'Retry.', { title: 'no' }).because({ hint: 'Wait.' });
    expect(expected).toMatchObject({ message: 'No. Wait.', title: 'no', cause: { hint: 'Retry.' } });
  });
});
