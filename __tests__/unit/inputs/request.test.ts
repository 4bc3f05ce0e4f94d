import { describe, expect, test } from '@jest/globals';
import { readContext, type WorkflowContext } from '../../../src/github/context.ts';
import { toRequest } from '../../../src/inputs/create-inputs.ts';
import { formatDescription, parseDescription } from '../../../src/lifecycle/label.ts';
import {
  createInputs,
  type Given,
  now,
  pullRequestEnvironment,
  pullRequestEvent,
  pushContext,
  pushEnvironment,
  runLabel,
} from '../../support/fixtures.ts';

const pullRequestContext = readContext(pullRequestEnvironment, pullRequestEvent());

/** The request with these inputs. `now` is half a second after a full one. */
function requestFor(given: Given = {}, context: WorkflowContext = pushContext, at = now) {
  return toRequest(createInputs(given, context), context, at);
}

describe('the request', () => {
  test('labels the client with its repository, run, workflow, and expiry', () => {
    const { marker, ...label } = runLabel;
    expect(requestFor().label).toEqual(label);
  });

  test('labels the client of a pull request with its number', () => {
    expect(requestFor({ lifetime: 'pull_request' }, pullRequestContext).label.purpose).toEqual({
      lifetime: 'pull_request',
      pullRequest: 42,
    });
  });

  test('labels the client with the given name', () => {
    expect(requestFor({ name: 'second' }).label.name).toBe('second');
  });

  test('counts the expiry from the last full second', () => {
    const given = { expires_in: '90s' };
    expect(requestFor(given).label.expiresAt).toBe(now - 500 + 90_000);
    expect(requestFor(given, pushContext, now - 500).label.expiresAt).toBe(now - 500 + 90_000);
  });

  test('makes a label that can be parsed', () => {
    const { text, label } = requestFor({ expires_in: '1.9s' }, pushContext, now + 1);
    const described = { text: text.value, label: { ...label, marker: runLabel.marker } };
    expect(parseDescription(formatDescription(described))).toEqual(described);
  });

  test('distinguishes omitted features from none', () => {
    expect(requestFor().features).toBeUndefined();
    expect(requestFor({ features: '[]' }).features).toEqual([]);
    expect(requestFor({ features: 'login_client' }).features).toEqual(['login_client']);
  });

  test('has the hours of secrets', () => {
    expect(requestFor()).toMatchObject({ enforcedHours: undefined, rotateHours: undefined });
    const enforced = { enforce_expiry: 'true', expires_in: '3h' };
    expect(requestFor(enforced)).toMatchObject({ enforcedHours: 3, rotateHours: undefined });
    const rotated = { lifetime: 'pull_request', rotate_secret: '2h' };
    expect(requestFor(rotated, pullRequestContext)).toMatchObject({
      enforcedHours: undefined,
      rotateHours: 2,
    });
  });
});

describe('the text of the description', () => {
  test('is the user’s own', () => {
    expect(requestFor({ description: 'for the e2e tests' }).text).toEqual({
      value: 'for the e2e tests',
      given: true,
    });
  });

  test.each<[string, Given, WorkflowContext, string]>([
    ['the branch', {}, pushContext, 'acme/shop branch main'],
    ['the event’s pull request', {}, pullRequestContext, 'acme/shop pull request 42'],
    [
      'the given pull request',
      { lifetime: 'pull_request', pull_request: '7' },
      pullRequestContext,
      'acme/shop pull request 7',
    ],
    [
      'only the repository',
      {},
      readContext({ ...pushEnvironment, GITHUB_REF_NAME: undefined }, {}),
      'acme/shop',
    ],
    [
      'only the repository, if the ref is empty',
      {},
      readContext({ ...pushEnvironment, GITHUB_REF_NAME: '' }, {}),
      'acme/shop',
    ],
  ])('has a default: %s', (_, given, context, value) => {
    expect(requestFor(given, context).text).toEqual({ value, given: false });
  });
});
