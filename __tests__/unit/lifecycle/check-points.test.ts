import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../emulator/emulator.ts';
import type { Clock } from '../../../src/capture/clock.ts';
import { withCapture } from '../../../src/capture/connection.ts';
import { readRoute } from '../../../src/capture/route.ts';
import { type CheckLine, type CheckResult, checkTenant } from '../../../src/lifecycle/check.ts';
import type { CheckDependencies } from '../../../src/lifecycle/check-context.ts';
import { startCreationRecord } from '../../../src/lifecycle/creation.ts';
import { captureError, notebook, runLabel } from '../../support/fixtures.ts';

/** A clock that is right, until someone sleeps: that takes no time, but the clock moves. */
function skippingClock(): Clock {
  let skippedMs = 0;
  return {
    now: () => Date.now() + skippedMs,
    sleep: async (ms) => {
      skippedMs += ms;
    },
  };
}

interface Checked extends CheckResult {
  readonly emulator: Emulator;
  readonly said: readonly string[];
}

type Change = (dependencies: CheckDependencies) => Partial<CheckDependencies>;

/** Checks an emulator with these options, and with changes of what the check uses. */
async function check(
  options: EmulatorOptions = {},
  change: Change = () => ({}),
  name = runLabel.origin.name,
): Promise<Checked> {
  const clock = skippingClock();
  // Half a minute more than the default, which is one of the shifts that are tried.
  const emulator = await startEmulator({ clockToleranceMs: 630_000, now: clock.now, ...options });
  const { log, said } = notebook();
  const owner = { clientId: emulator.owner.client_id, clientSecret: emulator.owner.client_secret };
  const access = { domain: new URL(emulator.domain), owner, authScheme: 'basic-auth' } as const;
  const connection = { access, timeoutMs: 60_000, route: readRoute({}), userAgent: 'agent', log };
  try {
    const result = await withCapture(connection, async ({ capture, captureAs, probe, retry }) => {
      const dependencies: CheckDependencies = {
        capture,
        captureAs,
        probe,
        retry,
        clock,
        owner,
        log,
        signal: new AbortController().signal,
        record: startCreationRecord(() => {}),
        newMarker: () => runLabel.marker,
        allowPrivilegedFeatures: true,
        inspectNetworkPath: async () => ({ addresses: undefined, proxy: undefined, issuer: undefined }),
      };
      return await checkTenant(
        { mode: 'all', waitForExpiry: true, origin: { ...runLabel.origin, name }, runId: '5678' },
        { ...dependencies, ...change(dependencies) },
      );
    });
    return { ...result, emulator, said };
  } finally {
    await emulator.close();
  }
}

const documented: readonly CheckLine[] = [
  { ...passed('network-path', 'Network path', 'Without a proxy.'), isPrivate: true },
  passed('credentials', 'Owner credentials', 'Capture accepts them, and they can list clients.'),
  passed('clock', 'Clock', "This machine's clock agrees with Capture's."),
  passed('labels', 'Clients of this repository', '0 with its label, 0 of them expired.'),
  passed('add', 'Create a client', 'Created, with a label and the feature login_client.'),
  passed('find', 'Find the client by its marker', 'The list shows it at once.'),
  passed('accepted', 'Use the credentials', 'Capture accepts them at once.'),
  passed(
    'reuse',
    'Reuse the client: description, features, settings, and a new secret',
    'Description, features, settings, and secret were updated.',
  ),
  passed('rotate', 'Use the new and the old secret', 'Capture accepts both.'),
  passed('delete', 'Delete the client', 'Deleted.'),
  passed('gone', 'Use the credentials of the deleted client', 'Capture rejects them at once.'),
  passed('duplicate-description', 'Create a client with the description of another one', 'Rejected.'),
  passed('login-client-exclusive', 'Create a client with login_client and another feature', 'Rejected.'),
  passed('add-whitelist', 'Allow list in the response to clients/add', 'Missing.'),
  passed('description-length', 'Longest description', '4000 characters or more.'),
  passed('allow-list', 'Use a client from outside its allow list', 'Rejected with 403.'),
  passed('reset-now', 'Use an old secret after a reset with hours_to_live 0', 'Rejected.'),
  passed('reset-twice', 'Use the first secret after two resets', 'Rejected.'),
  passed('owner-deletion', 'Delete a client that has the feature owner', 'Rejected.'),
  passed('deleted-twice', 'Delete a client that no longer exists', 'Rejected as unknown.'),
  passed('empty-signature', 'Sign a call without parameters', 'Both forms accepted.'),
  passed('clock-skew', 'Sign a call with a wrong date', 'Accepted up to 10 min behind and 10 min ahead.'),
  passed('read-methods', 'Read with GET and with POST', 'Both accepted.'),
  passed('compression', "Compressed responses to requests that don't accept them", 'No.'),
  passed(
    'secret-expiry',
    'Use an old secret before and after its hours_to_live',
    'Accepted after 55 minutes, rejected after 61.',
  ),
  passed('cleanup', 'Cleanup', 'No client of this check is left.'),
];

function passed(id: string, title: string, detail: string): CheckLine {
  return { id, title, status: 'passed', detail };
}

/** The lines that a tenant that behaves as documented doesn't have, without their titles. */
function differences({ lines }: CheckResult): Line[] {
  const complete = (line: CheckLine) => ({ hint: undefined, isPrivate: undefined, ...line });
  return lines
    .filter((line) => !documented.some((other) => isDeepStrictEqual(complete(line), complete(other))))
    .map(({ title: _, ...line }) => line);
}

type Line = Omit<CheckLine, 'title'>;

function line(id: string, status: CheckLine['status'], detail: string, hint?: string): Line {
  return { id, status, detail, hint };
}

const shortDescriptions =
  'Use short values for description and name: a label that is cut off makes a client invisible to the sweep.';
const repeatedDeletions =
  'Repeated deletions can fail, although the client is deleted. Check the Console if one does.';
const rejectedTwice = 'Rejected. Documented: rejected as unknown.';
const expiry = 'Documented: accepted after 55 minutes, rejected after 61.';
const noExpiry = "Don't use enforce_expiry with this tenant.";
const notAccepted = "Capture didn't accept the credentials of the new client within 30 s.";
const notAllowed = 'It needs a client with the owner feature. To check it, set allow_privileged_features.';
const openIssue = 'Open an issue, and paste this report as Markdown.';

describe('a tenant that behaves as documented', () => {
  test('passes every point, and keeps only its owner', async () => {
    const { emulator, ...result } = await check();
    expect(result.lines).toEqual(documented);
    expect(result).toMatchObject({ before: 1, after: 1, created: 10, leftovers: [], canceled: false });
    expect(emulator.clients()).toHaveLength(1);
  });

  test('is asked to create these clients, one after the other', async () => {
    const { emulator } = await check();
    const added = emulator.requests.filter(({ call }) => call === 'clients/add');
    expect(
      added.map(({ form }) => `${form.features ?? '[]'} ${form.description?.replace(/ \[.*/, '')}`),
    ).toEqual([
      '["login_client"] capture-client-action check, client 1',
      '[] capture-client-action check, client 2',
      '[] capture-client-action check, client 2',
      '["login_client","direct_read_access"] capture-client-action check, client 3',
      '[] capture-client-action check, client 4',
      '[] capture-client-action check, client 5',
      '["owner"] capture-client-action check, client 6',
      '[] capture-client-action check, client 7',
      '[] capture-client-action check, client 8',
      '["owner"] capture-client-action check, client 9',
      '[] capture-client-action check, client 10',
      '[] capture-client-action check, client 11',
    ]);
    const lists = emulator.requests.flatMap(({ form }) => form.whitelist ?? []);
    expect(lists).toEqual(['["203.0.113.0/24"]']);
  });

  test('is sent these calls in forms that nothing else uses', async () => {
    const calls: object[] = [];
    const { emulator } = await check({}, ({ probe }) => ({
      probe: (call) => {
        calls.push(call);
        return probe(call);
      },
    }));
    const { client_id: clientId, client_secret: clientSecret } = emulator.owner;
    const signed = { credentials: { clientId, clientSecret }, authScheme: 'janrain-signed' };
    const { credentials } = signed;
    const settings = { name: 'settings/items', parameters: { for_client_id: clientId } };
    const list = { name: 'clients/list', parameters: { has_features: '["owner"]' }, credentials };
    const shifts = [-1, -5, -10, -15, 1, 5, 10, 15];
    expect(calls).toEqual([
      { name: 'settings/items', ...signed, emptySignature: 'code' },
      { name: 'settings/items', ...signed, emptySignature: 'documents' },
      ...shifts.map((minutes) => ({ ...settings, ...signed, shiftMs: minutes * 60_000 })),
      { ...list, method: 'GET' },
      { ...list, method: 'POST' },
      { ...settings, credentials },
    ]);
  });

  test('prints no secret that was not masked, also of a reset', async () => {
    const made: string[] = [];
    const newIdentifier = () => {
      made.push(String(made.length).padStart(32, 'a'));
      return made.at(-1) as string;
    };
    const { said } = await check({ newIdentifier });
    const masked = said.filter((message) => message.startsWith('mask: ')).join('\n');
    expect(made.filter((identifier) => !masked.includes(identifier))).toEqual([]);
    expect(masked).not.toContain('undefined');
  });

  test.each([
    ['short', 'acme/shop', [255, 256, 500, 512, 1000, 1024, 2000, 4000]],
    // With this name, a label and a space have 255 characters.
    ['long', `${'a'.repeat(16)}/${'s'.repeat(100)}`, [256, 500, 512, 1000, 1024, 2000, 4000]],
  ])(
    'gets longer and longer descriptions, and then the first one again: a %s label',
    async (_, name, lengths) => {
      const { emulator } = await check({}, () => ({}), name);
      const descriptions = emulator.requests.flatMap(({ call, form }) =>
        call === 'clients/set_description' ? (form.description ?? []) : [],
      );
      expect(descriptions.slice(1, -1).map(({ length }) => length)).toEqual(lengths);
      expect(descriptions.slice(1, -1).filter((description) => !/^x+ \[/.test(description))).toEqual([]);
      expect(descriptions.at(-1)).toMatch(/^capture-client-action check, client 5 \[/);
    },
  );
});

describe('the report says so if a tenant', () => {
  test.each<[string, EmulatorOptions, Line[]]>([
    [
      'accepts duplicates',
      { uniqueDescriptions: false },
      [line('duplicate-description', 'differs', 'Accepted. Documented: rejected.')],
    ],
    [
      'accepts login_client with others',
      { loginClientWithOthers: true },
      [line('login-client-exclusive', 'differs', 'Accepted. Documented: rejected.')],
    ],
    ['returns the allow list', { whitelistInAdd: true }, [line('add-whitelist', 'passed', 'Included.')]],
    [
      'rejects long descriptions',
      { maxDescriptionLength: 300 },
      [line('description-length', 'differs', 'At least 256 characters.', shortDescriptions)],
    ],
    [
      'cuts long descriptions off',
      { maxDescriptionLength: 300, longDescriptions: 'truncate' },
      [line('description-length', 'differs', 'At least 256 characters.', shortDescriptions)],
    ],
    [
      'accepts descriptions that are long enough',
      { maxDescriptionLength: 1023 },
      [line('description-length', 'passed', 'At least 1000 characters.')],
    ],
    [
      'accepts only the signature of the code',
      { emptySignature: 'code' },
      [line('empty-signature', 'passed', "Only the published code's form accepted.")],
    ],
    [
      'accepts only the signature of the documents',
      { emptySignature: 'documents' },
      [line('empty-signature', 'passed', "Only the documents' form accepted.")],
    ],
    [
      'accepts no signature',
      { clockToleranceMs: -1 },
      [
        line(
          'empty-signature',
          'differs',
          'Neither form accepted.',
          'Set auth_scheme to basic-auth for this tenant.',
        ),
        line('clock-skew', 'passed', 'Accepted up to 0 min behind and 0 min ahead.'),
      ],
    ],
    [
      'has a narrow clock',
      { clockToleranceMs: 90_000 },
      [line('clock-skew', 'passed', 'Accepted up to 1 min behind and 1 min ahead.')],
    ],
    [
      'ignores the date',
      { clockToleranceMs: Number.POSITIVE_INFINITY },
      [line('clock-skew', 'passed', 'Accepted up to 1440 min behind and 1440 min ahead.')],
    ],
    ['accepts only GET', { readMethods: 'GET' }, [line('read-methods', 'passed', 'Only GET accepted.')]],
    ['accepts only POST', { readMethods: 'POST' }, [line('read-methods', 'passed', 'Only POST accepted.')]],
    ['compresses', { compression: 'gzip' }, [line('compression', 'differs', 'Yes. Documented: no.')]],
    [
      'deletes owners',
      { ownerDeletion: 'accept' },
      [line('owner-deletion', 'differs', 'Accepted. Documented: rejected.')],
    ],
    [
      'rejects the deletion of an owner as unknown',
      { ownerDeletion: { code: 200, description: 'id is not a valid id' } },
      [],
    ],
    [
      'ends old secrets at once',
      { oldSecretMs: 0 },
      [
        line(
          'rotate',
          'differs',
          'Capture accepts only the new one.',
          "Don't use rotate_secret or enforce_expiry with this tenant.",
        ),
        line('secret-expiry', 'differs', `Rejected after 55 minutes, rejected after 61. ${expiry}`, noExpiry),
      ],
    ],
    [
      'ends old secrets late',
      { oldSecretMs: 5_400_000 },
      [
        line(
          'reset-now',
          'differs',
          'Accepted. Documented: rejected.',
          'With rotate_secret: 0h, the old secret still works for a while.',
        ),
        line('secret-expiry', 'differs', `Accepted after 55 minutes, accepted after 61. ${expiry}`, noExpiry),
      ],
    ],
    ['keeps older secrets', { keepsOlderSecrets: true }, [line('reset-twice', 'passed', 'Accepted.')]],
  ])('%s', async (_, options, expected) => {
    const { emulator, ...result } = await check(options);
    expect(differences(result)).toEqual(expected);
    expect(emulator.clients()).toHaveLength(1);
  });

  const failed = { status: 200, isOk: false, code: 402, isCompressed: false };
  test.each<[string, Change, Line[]]>([
    [
      'ignores allow lists',
      ({ capture }) => ({ capture: { ...capture, setWhitelist: async () => {} } }),
      [
        line(
          'allow-list',
          'differs',
          'Accepted. Documented: rejected with 403.',
          "Don't rely on ip_allow_list with this tenant.",
        ),
      ],
    ],
    [
      'never accepts a new client',
      ({ capture }) => {
        const listSettings = () => Promise.reject(captureError({ code: 402, retryable: false }));
        return { captureAs: () => ({ ...capture, listSettings }) };
      },
      [
        line(
          'accepted',
          'failed',
          'Not within 30 s: "Capture accepts them".',
          `Nothing works without this. ${openIssue}`,
        ),
        line(
          'rotate',
          'differs',
          'Capture accepts neither.',
          "Don't use rotate_secret or enforce_expiry with this tenant.",
        ),
        line('allow-list', 'skipped', notAccepted),
        line('reset-now', 'skipped', notAccepted),
        line('reset-twice', 'skipped', notAccepted),
        line('secret-expiry', 'skipped', notAccepted),
      ],
    ],
    [
      'may not get another owner',
      () => ({ allowPrivilegedFeatures: false }),
      [line('allow-list', 'skipped', notAllowed), line('owner-deletion', 'skipped', notAllowed)],
    ],
    [
      'accepts repeated deletions',
      repeated(() => 'deleted'),
      [line('deleted-twice', 'differs', 'Accepted. Documented: rejected as unknown.', repeatedDeletions)],
    ],
    [
      'rejects repeated deletions with another code',
      repeated(() => {
        throw captureError({ code: 403, retryable: false });
      }),
      [line('deleted-twice', 'differs', rejectedTwice, repeatedDeletions)],
    ],
    ...[{ code: undefined }, { applied: 'unknown' as const }].map((details): [string, Change, Line[]] => [
      `fails at repeated deletions: ${Object.keys(details)}`,
      repeated(() => {
        throw captureError({ retryable: false, ...details });
      }),
      [{ ...line('deleted-twice', 'skipped', captureError().problem), isPrivate: true }],
    ]),
    [
      'accepts dates that are further behind than ahead',
      ({ probe }) => ({
        probe: async (call) => ((call.shiftMs ?? 0) > 300_000 ? failed : await probe(call)),
      }),
      [line('clock-skew', 'passed', 'Accepted up to 10 min behind and 5 min ahead.')],
    ],
    [
      'accepts neither GET nor POST',
      ({ probe }) => ({
        probe: async (call) => (call.name === 'clients/list' ? failed : await probe(call)),
      }),
      [
        line(
          'read-methods',
          'differs',
          'Neither accepted.',
          `Nothing works without one of them. ${openIssue}`,
        ),
      ],
    ],
    [
      'fails at a description',
      ({ capture }) => ({
        capture: {
          ...capture,
          async setDescription(clientId, description) {
            if (description.length === 500) throw captureError({ code: undefined, retryable: false });
            await capture.setDescription(clientId, description);
          },
        },
      }),
      [{ ...line('description-length', 'skipped', captureError().problem), isPrivate: true }],
    ],
  ])('%s', async (_, change, expected) => {
    const { emulator, ...result } = await check({}, change);
    expect(differences(result)).toEqual(expected);
    expect(emulator.clients()).toHaveLength(1);
  });
});

test('an unexpected error ends the check', async () => {
  const bug = new TypeError('a bug');
  const change = repeated(() => {
    throw bug;
  });
  await expect(check({}, change)).rejects.toBe(bug);
});

/** Changes the response to a deletion of a client that no longer exists. */
function repeated(respond: () => 'deleted'): Change {
  return ({ capture }) => ({
    capture: {
      ...capture,
      deleteClient: async (clientId) =>
        (await capture.deleteClient(clientId)) === 'gone' ? respond() : 'deleted',
    },
  });
}
