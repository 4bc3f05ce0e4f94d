import { describe, expect, test } from '@jest/globals';
import { workflowWording } from '../../../src/github/wording.ts';
import { pullRequestLabel, runLabel } from '../../support/fixtures.ts';

const wording = workflowWording({ eventName: 'push', withoutSecrets: undefined });
const jobLabel = { ...runLabel, purpose: { ...runLabel.purpose, lifetime: 'job' } } as typeof runLabel;

describe('the wording of a workflow', () => {
  test('refers to inputs and actions as a workflow writes them', () => {
    expect(wording.input('expires_in')).toBe('expires_in');
    expect(wording.setting('lifetime', 'run')).toBe('lifetime: run');
    expect(wording.deletion('abc')).toBe('run the delete action with client_id: abc');
    expect(wording.notHandedOver).toBe('because its step failed before it set its outputs');
    expect(wording.noPullRequest).toBe(
      'the event push belongs to no pull request. Set pull_request to its number, or run this step only on pull_request events.',
    );
  });

  test.each([
    [
      ['owner_client_id', 'owner_client_secret'],
      undefined,
      [
        "owner_client_id and owner_client_secret are empty. Check the secret's name. If it's an environment secret, add environment: NAME to this job. If this job is in a reusable workflow, add secrets: inherit to the job that calls it.",
      ],
    ],
    [
      ['capture_domain', 'owner_client_id'],
      'a fork',
      [
        'capture_domain is empty. Set it to the host of your Capture domain, which the Console shows under Manage Application.',
        'owner_client_id is empty: this run comes from a fork, and GitHub gives such runs no Actions secrets. Skip this job for such runs.',
      ],
    ],
  ] as const)('says how to fill %j in a run from %s', (names, withoutSecrets, problems) => {
    expect(workflowWording({ eventName: 'push', withoutSecrets }).missing(names)).toEqual(problems);
  });

  test.each([
    [
      'job',
      jobLabel,
      'the post step deletes the client at the end of this job. If that fails, the sweep deletes it after this run finishes.',
    ],
    [
      'run',
      runLabel,
      'run the delete action (lifetime: run) at the end of this workflow. Otherwise, the sweep deletes the client after this run finishes.',
    ],
    [
      'pull request',
      pullRequestLabel,
      'run the delete action (lifetime: pull_request) when pull request 42 closes. Otherwise, the sweep deletes the client after that.',
    ],
  ])('says who deletes the client of a %s', (_, label, cleanup) => {
    expect(wording.cleanup(label)).toBe(cleanup);
  });

  test('says how a later job gets the client, if it lasts that long', () => {
    expect(wording.laterJobs(jobLabel, true)).toBeUndefined();
    expect(wording.laterJobs(runLabel, true)).toBe(
      'To use this client in a later job, pass sealed_credentials to the unseal action.',
    );
    expect(wording.laterJobs(runLabel, false)).toBe(
      'To use this client in a later job, set seal_key and pass sealed_credentials to the unseal action.',
    );
  });
});
