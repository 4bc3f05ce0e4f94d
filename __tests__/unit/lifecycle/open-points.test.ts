import { describe, expect, test } from '@jest/globals';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../emulator/emulator.ts';
import type { AuthScheme, Credentials } from '../../../src/capture/authentication.ts';
import type { Clock } from '../../../src/capture/clock.ts';
import { withCapture } from '../../../src/capture/session.ts';
import { startCreationRecord } from '../../../src/lifecycle/creation-record.ts';
import { formatDescription } from '../../../src/lifecycle/label.ts';
import { type CheckResult, checkTenant } from '../../../src/lifecycle/tenant-check.ts';
import type { CheckDependencies } from '../../../src/lifecycle/test-clients.ts';
import { captureError, noNetworkSettings, notebook, runLabel } from '../../support/basics.ts';
import { fail } from '../../support/client-requests.ts';
import { unknownClient } from '../../support/fake-capture.ts';

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
  { waitForExpiry = true, authScheme = 'basic-auth' as AuthScheme } = {},
): Promise<Checked> {
  const clock = skippingClock();
  const emulator = await startEmulator({ now: clock.now, ...options });
  const { log, said } = notebook();
  const owner = { clientId: emulator.owner.client_id, clientSecret: emulator.owner.client_secret };
  const access = { domain: new URL(emulator.domain), owner, authScheme };
  const network = noNetworkSettings;
  try {
    const result = await withCapture(
      { access, timeoutMs: 60_000, network, userAgent: 'agent', log },
      async (session) => {
        const dependencies: CheckDependencies = {
          ...session,
          ...{ clock, authScheme, log, newMarker: () => runLabel.marker, allowPrivilegedFeatures: true },
          record: startCreationRecord(() => {}),
        };
        const request = { mode: 'all', waitForExpiry, origin: runLabel.origin, runId: '5678' } as const;
        return await checkTenant(request, { ...dependencies, ...change(dependencies) });
      },
    );
    return { ...result, emulator, said };
  } finally {
    await emulator.close();
  }
}

/** The most that the limits of the inputs allow: letters outside ASCII take two bytes in the text, six in the label. */
const longest = formatDescription({
  text: 'é'.repeat(250),
  label: { ...runLabel, purpose: { lifetime: 'job', runId: '5678' }, name: 'é'.repeat(32) },
});
const longestBytes = Buffer.byteLength(longest);

const documented = [
  'duplicate-description passed: Rejected.',
  'login-client-exclusive passed: Rejected.',
  `description-length passed: ${longestBytes} bytes, as long as needed.`,
  'new-client passed: Accepted.',
  'allow-list passed: Rejected with 403.',
  'reset-now passed: Rejected.',
  'owner-deletion passed: Rejected.',
  'deleted-twice passed: Rejected as unknown.',
  'read-methods passed: POST accepted.',
  'secret-expiry passed: Accepted after 55 minutes, rejected after 61.',
];

/** The points, in order: ID, status, detail, and hint. Details that may name something end with a mark. */
const pointsOf = ({ lines }: CheckResult): string[] =>
  lines
    .filter(({ id }) => documented.some((point) => point.startsWith(`${id} `)))
    .map(({ id, status, detail, hint, isPrivate }) =>
      [`${id} ${status}:`, detail, hint, isPrivate && '(private)'].filter(Boolean).join(' '),
    );

/** The points that a tenant that behaves as documented doesn't have. */
const differences = (result: CheckResult): string[] =>
  pointsOf(result).filter((point) => !documented.includes(point));

const tooShort = `description-length differs: Less than ${longestBytes} bytes. Use short values for \`description\` and \`name\`: a label that is cut off makes a client invisible to the sweep.`;
const deletedTwice = (observed: string) =>
  `deleted-twice differs: ${observed}. Documented: rejected as unknown. Repeated deletions can fail, although the client is deleted. Check the Console if one does.`;
const expiry = (before: string, after: string) =>
  `secret-expiry differs: ${before} after 55 minutes, ${after} after 61. Documented: accepted after 55 minutes, rejected after 61. Don't use \`enforce_expiry\` with this tenant.`;
const notAccepted = 'skipped: not within 30 s: "Capture accepts them". (private)';
const notAllowed =
  'skipped: It needs a client with the owner feature. To check it, set `allow_privileged_features: true`. (private)';
const notObserved = (id: string) => `${id} skipped: ${captureError().problem} (private)`;

describe('a tenant that behaves as documented', () => {
  test('passes every point, and keeps only its owner; no secret is printed', async () => {
    const made: string[] = [];
    const newIdentifier = () => {
      made.push(String(made.length).padStart(32, 'a'));
      return made.at(-1) as string;
    };
    const { emulator, said, ...result } = await check({ newIdentifier });
    expect(pointsOf(result)).toEqual(documented);
    expect(result).toMatchObject({ before: 1, after: 1, created: 9, leftovers: [], canceled: false });
    expect(emulator.clients()).toHaveLength(1);
    const masked = said.filter((message) => message.startsWith('mask: ')).join('\n');
    expect(made.filter((identifier) => !masked.includes(identifier))).toEqual([]);
  });

  test('is asked to create these clients, one after the other, and to store the longest description', async () => {
    const { emulator } = await check();
    const formsOf = (name: string) =>
      emulator.requests.flatMap(({ call, form }) => (call === `clients/${name}` ? [form] : []));
    const added = formsOf('add').map(
      ({ features = '[]', description }) => `${features} ${description?.match(/client \d+/)}`,
    );
    expect(added).toEqual([
      '["login_client"] client 1',
      '[] client 2',
      '[] client 2',
      '["login_client","direct_read_access"] client 3',
      '[] client 4',
      '[] client 5',
      '["owner"] client 6',
      '[] client 7',
      '["owner"] client 8',
      '[] client 9',
      '[] client 10',
    ]);
    expect(formsOf('set_whitelist').map(({ whitelist }) => whitelist)).toEqual(['["203.0.113.0/24"]']);
    const [, ...descriptions] = formsOf('set_description').map(({ description = '' }) => description);
    expect(descriptions.map((one) => Buffer.byteLength(one))[0]).toBe(longestBytes);
    expect(descriptions.slice(1)).toEqual([
      expect.stringMatching(/^capture-client-action check, client 4 \[/),
    ]);
  });
});

describe('the report says so if a tenant', () => {
  test.each<[string, EmulatorOptions, string[]]>([
    [
      'accepts duplicates',
      { uniqueDescriptions: false },
      ['duplicate-description differs: Accepted. Documented: rejected.'],
    ],
    [
      'accepts login_client with others',
      { loginClientWithOthers: true },
      ['login-client-exclusive differs: Accepted. Documented: rejected.'],
    ],
    ['rejects long descriptions', { maxDescriptionLength: 300 }, [tooShort]],
    ['cuts long descriptions off', { maxDescriptionLength: 300, longDescriptions: 'truncate' }, [tooShort]],
    [
      'counts bytes, and stores one less than needed',
      { maxDescriptionLength: longestBytes - 1, descriptionUnit: 'bytes' },
      [tooShort],
    ],
    ['stores just as much as needed', { maxDescriptionLength: longest.length }, []],
    ['accepts only GET', { readMethods: 'GET' }, ['read-methods passed: Only GET accepted.']],
    [
      'deletes owners',
      { ownerDeletion: 'accept' },
      ['owner-deletion differs: Accepted. Documented: rejected.'],
    ],
    [
      'rejects the deletion of an owner as unknown',
      { ownerDeletion: { code: 200, description: 'id is not a valid id' } },
      [],
    ],
    ['invalidates old secrets at once', { oldSecretMs: 0 }, [expiry('Rejected', 'rejected')]],
    [
      'invalidates old secrets late',
      { oldSecretMs: 5_400_000 },
      [
        'reset-now differs: Accepted. Documented: rejected. With `rotate_secret: 0h`, the old secret still works for a while.',
        expiry('Accepted', 'accepted'),
      ],
    ],
  ])('%s', async (_, options, expected) => {
    const { emulator, ...result } = await check(options);
    expect(differences(result)).toEqual(expected);
    expect(emulator.clients()).toHaveLength(1);
  });

  test.each<[string, Change, string[]]>([
    [
      'ignores allow lists',
      ({ capture }) => ({ capture: { ...capture, setWhitelist: async () => {} } }),
      [
        "allow-list differs: Accepted. Documented: rejected with 403. Don't rely on `ip_allow_list` with this tenant.",
      ],
    ],
    [
      'accepts only the first client',
      ({ capture, captureAs }) => {
        const listSettings = () => Promise.reject(captureError({ code: 402, retryable: false }));
        const ids = new Set<string>();
        const captureFor = (credentials: Credentials) =>
          ids.add(credentials.clientId).size === 1 ? captureAs(credentials) : { ...capture, listSettings };
        return { captureAs: captureFor };
      },
      ['allow-list', 'reset-now', 'secret-expiry'].map((id) => `${id} ${notAccepted}`),
    ],
    [
      'may not get another owner',
      () => ({ allowPrivilegedFeatures: false }),
      [`allow-list ${notAllowed}`, `owner-deletion ${notAllowed}`],
    ],
    [
      'does not know a new client yet',
      ({ capture }) => ({
        capture: {
          ...capture,
          setFeatures: async (client, features) => {
            if (client.createdAt === undefined && features.includes('login_client')) throw unknownClient();
            await capture.setFeatures(client, features);
          },
        },
      }),
      ['new-client differs: Rejected. Documented: accepted.'],
    ],
    ['accepts repeated deletions', repeated(() => 'deleted'), [deletedTwice('Accepted')]],
    [
      'rejects repeated deletions with another code',
      repeated(fail(captureError({ code: 403, retryable: false }))),
      [deletedTwice('Rejected')],
    ],
    ...[{ code: undefined }, { applied: 'unknown' as const }].map((details): [string, Change, string[]] => [
      `fails at repeated deletions: ${Object.keys(details)}`,
      repeated(fail(captureError({ retryable: false, ...details }))),
      [notObserved('deleted-twice')],
    ]),
    [
      'fails at a description',
      ({ capture }) => ({
        capture: {
          ...capture,
          async setDescription(client, description, ...rest) {
            if (description.length > 300) throw captureError({ code: undefined, retryable: false });
            return await capture.setDescription(client, description, ...rest);
          },
        },
      }),
      [notObserved('description-length')],
    ],
    [
      // Without its label, the client would be lost.
      'cuts a label off, and then fails to list',
      ({ capture }) => {
        let lists: 'work' | 'fail' | 'failed' = 'work';
        return {
          capture: {
            ...capture,
            async setDescription(client, description, ...rest) {
              if (lists === 'work' && description.length > 230) lists = 'fail';
              return await capture.setDescription(client, description.slice(0, 230), ...rest);
            },
            async listClients(pick) {
              if (lists !== 'fail') return await capture.listClients(pick);
              lists = 'failed';
              throw captureError({ code: undefined, retryable: false });
            },
          },
        };
      },
      [notObserved('description-length')],
    ],
  ])('%s', async (_, change, expected) => {
    const { emulator, ...result } = await check({}, change);
    expect(differences(result)).toEqual(expected);
    expect(emulator.clients()).toHaveLength(1);
  });
});

test('the point that takes an hour is observed last, and only on request', async () => {
  const { lines } = await check({}, () => ({}), { waitForExpiry: false });
  expect(lines.slice(-2).map(({ id }) => id)).toEqual(['read-methods', 'cleanup']);
});

test.each([
  ['code', "The published code's form accepted."],
  ['documents', "The documents' form accepted."],
] as const)('signed calls show which signature the tenant accepts: %s', async (emptySignature, detail) => {
  const authScheme = 'janrain-signed';
  const { lines } = await check({ emptySignature }, () => ({}), { authScheme });
  expect(lines).toContainEqual(expect.objectContaining({ id: 'empty-signature', status: 'passed', detail }));
});

/** Changes the response to a deletion of a client that no longer exists. */
function repeated(respond: () => 'deleted'): Change {
  return ({ capture }) => ({
    capture: {
      ...capture,
      async deleteClient(client, ...rest) {
        const result = await capture.deleteClient(client, ...rest);
        return result === 'gone' ? respond() : result;
      },
    },
  });
}
