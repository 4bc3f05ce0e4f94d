import { describe, expect, test } from '@jest/globals';
import { workflowWords } from '../../../src/github/workflow-words.ts';
import { inputTable } from '../../../src/inputs/input-table.ts';
import { pullRequestLabel, pushContext, runLabel } from '../../support/fixtures.ts';

const words = workflowWords(pushContext);
const jobLabel = { ...runLabel, purpose: { lifetime: 'job', runId: '5678' } } as const;

test.each([
  ['push', "the event push isn't tied to a pull request."],
  // Of a fork's run, GitHub names none. Of a commit of several, it names all.
  ['workflow_run', "the event workflow_run doesn't name exactly one pull request of this repository."],
])('a run of %s that belongs to no pull request says so, and how to name one', (eventName, problem) => {
  expect(workflowWords({ ...pushContext, eventName }).noPullRequest).toBe(
    `${problem} Set \`pull_request\` to its number, or run this step only on events of pull requests.`,
  );
});

test('a client is deleted by an action', () => {
  expect(words.deletion('abc')).toBe('run the delete action with client_id: abc');
  expect(words.notHandedOver).toBe('because its step failed or was canceled before it set its outputs');
});

describe('empty inputs', () => {
  const inputs = Object.entries({ ...inputTable.create, ...inputTable.unseal });
  const named = (...names: string[]) => inputs.filter(([name]) => names.includes(name));

  test('that are secrets of the workflow name what may be missing', () => {
    expect(words.missing(named('owner_client_id', 'owner_client_secret'))).toEqual([
      "`owner_client_id` and `owner_client_secret` are empty. Check the secret's name. If it's an environment secret, add environment: NAME to this job, and check the spelling: GitHub creates an environment that doesn't exist, without secrets. If this job is in a reusable workflow, add secrets: inherit to the job that calls it.",
    ]);
  });

  test.each(['a fork', 'Dependabot'] as const)(
    'that are secrets are none in a run from %s',
    (withoutSecrets) => {
      const fork = workflowWords({ ...pushContext, withoutSecrets });
      expect(fork.missing(named('capture_domain', 'seal_key'))).toEqual([
        '`capture_domain` is empty. Set it to the host of your Capture domain, which the Console shows under Manage Application.',
        `\`seal_key\` is empty: this run comes from ${withoutSecrets}, and GitHub gives such runs no Actions secrets. Skip this job for such runs.`,
      ]);
    },
  );

  test('that come from another job say how they get there', () => {
    const [problem, ...others] = words.missing(named('sealed_credentials'));
    expect(others).toEqual([]);
    expect(problem).toMatch(
      /^`sealed_credentials` is empty\. Check that \(1\) the create step sets `seal_key`, \(2\) its job lists sealed_credentials under outputs, and \(3\) this job lists that job under needs\. .* the warning "Skip output", a repository secret of one or two characters/,
    );
  });
});

test.each([
  [jobLabel, 'Deleted when this job ends: by the post step, or else by the sweep.'],
  [
    runLabel,
    'Deleted after this run is completed: by the next sweep, or by the delete action (lifetime: run).',
  ],
  [pullRequestLabel, 'Deleted after pull request 42 closes: by the next sweep, or by the delete action.'],
])('says who deletes a client: %#', (label, cleanup) => {
  expect(words.cleanup(label)).toBe(cleanup);
});

test('says how a later job gets the client, if it could need that', () => {
  const sealed = 'To use this client in a later job, pass sealed_credentials to the unseal action.';
  expect(words.laterJobs(runLabel, true)).toBe(sealed);
  expect(words.laterJobs(pullRequestLabel, true)).toBe(sealed);
  expect(words.laterJobs(runLabel, false)).toBe(
    'To use this client in a later job, set `seal_key`, and pass sealed_credentials to the unseal action there.',
  );
  for (const label of [jobLabel, pullRequestLabel]) expect(words.laterJobs(label, false)).toBeUndefined();
});

describe('the link', () => {
  test('leads to the pull request or the run', () => {
    expect(words.link(pullRequestLabel)).toBe('https://github.com/acme/shop/pull/42');
    expect(words.link(runLabel)).toBe('https://github.com/acme/shop/actions/runs/5678');
  });

  test.each([
    { host: 'ghe.example.com', name: 'acme/shop' },
    { host: 'github.com', name: 'acme/web/shop' },
    { host: 'github.com', name: '../x"' },
  ])('leads nowhere else: %j', (origin) => {
    expect(words.link({ ...runLabel, origin: { ...runLabel.origin, ...origin } })).toBeUndefined();
  });
});
