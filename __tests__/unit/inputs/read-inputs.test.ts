import { describe, expect, test } from '@jest/globals';
import { readCreateInputs } from '../../../src/inputs/create-inputs.ts';
import type { CommandName } from '../../../src/inputs/input-table.ts';
import { InputError, readInputs } from '../../../src/inputs/read-inputs.ts';
import {
  complaint,
  createInputs,
  type Given,
  inputReader,
  inputSource,
  now,
  pushContext,
  requiredInputs,
  thrownBy,
} from '../../support/fixtures.ts';

const sealed = { sealed_credentials: 'a.b.c.d.e', seal_key: 'k'.repeat(32) };

function read<C extends CommandName>(command: C, given: Given, run = pushContext) {
  const required = command === 'unseal' ? {} : requiredInputs;
  return readInputs(command, [], inputReader({ ...required, ...given }, run));
}

describe('the values of', () => {
  const captureValues = {
    capture_domain: new URL('https://example.us-dev.janraincapture.com/'),
    owner_client_id: requiredInputs.owner_client_id,
    owner_client_secret: requiredInputs.owner_client_secret,
    auth_scheme: 'basic-auth',
    timeout: 60_000,
  };

  test.each<[CommandName, Given, object]>([
    ['sweep', {}, { ...captureValues, dry_run: false }],
    [
      'sweep',
      { github_token: 'token', dry_run: 'True', repositories: 'acme/*, acme-2/my.repo_1\nx/y' },
      {
        ...captureValues,
        github_token: 'token',
        dry_run: true,
        repositories: ['acme/*', 'acme-2/my.repo_1', 'x/y'],
      },
    ],
    [
      'check',
      {},
      {
        ...captureValues,
        timeout: 300_000,
        mode: 'all',
        wait_for_expiry: false,
        allow_privileged_features: false,
        show_summary: true,
      },
    ],
    ['unseal', { sealed_credentials: ' a.b.c.d.e\n', seal_key: sealed.seal_key }, sealed],
    ['configure', {}, { ...captureValues, lifetime: 'pull_request' }],
    ['list', { repositories: 'acme/*' }, { ...captureValues, repositories: ['acme/*'] }],
    [
      'exec',
      {},
      { ...captureValues, expires_in: 7200, enforce_expiry: false, allow_privileged_features: false },
    ],
  ])('%s, given %j', (command, given, expected) => {
    const values = Object.entries(read(command, given)).filter(([, value]) => value !== undefined);
    expect(Object.fromEntries(values)).toEqual(expected);
  });
});

describe('problems', () => {
  const wrong: Given = {
    capture_domain: 'http://example.com',
    owner_client_id: '7f1b4f0e-9c1d-4b5e-8a2f-0123456789ab',
    owner_client_secret: '',
    auth_scheme: 'basic',
    timeout: '2h',
    description: 'two\nlines',
    features: 'onwer',
    lifetime: 'forever',
    name: 'two\nlines',
    expires_in: '0s',
    enforce_expiry: 'maybe',
    rotate_secret: '1d',
    seal_key: 'short',
    ip_allow_list: 'localhost',
    settings: 'site_name',
    copy_settings_from: '00000000-0000-0000-0000-000000000000',
    allow_privileged_features: 'yes',
    show_summary: '1',
    'capture-domain': 'example.com',
  };

  test('are reported all at once, each with the name of its input', () => {
    const lines = complaint(wrong).replaceAll('`', '').split('\n');
    const names = Object.keys(wrong);
    expect(lines.shift()).toBe(`${names.length} problems with the inputs:`);
    expect(lines.pop()).toBe('Nothing was sent to Capture.');
    expect(lines).toHaveLength(names.length);
    for (const name of names) {
      const own = lines.filter((line) => line.startsWith(`- ${name} `) || line.startsWith(`- ${name}:`));
      expect([name, own]).toEqual([name, [expect.stringMatching(/[.?]$/)]]);
    }
  });

  test('include those of the context', () => {
    expect(complaint({}, { ...pushContext, problems: ['--origin is missing.'] })).toBe(
      '--origin is missing. Nothing was sent to Capture.',
    );
  });

  test('have one line each, and a title', () => {
    const error = thrownBy(() => createInputs({ timeout: '60', lifetime: 'x' })) as InputError;
    expect(error.lines).toEqual([
      '2 problems with the inputs:',
      `- \`timeout\`: "60" isn't a duration. Use a number and a unit (s, m, h, or d), for example 60s.`,
      `- \`lifetime\`: "x" isn't valid. Use run, job, or pull_request.`,
      'Nothing was sent to Capture.',
    ]);
    expect(error).toMatchObject({
      name: 'InputError',
      title: 'invalid inputs',
      message: error.lines.join('\n'),
      problem: error.lines.slice(0, -1).join('\n'),
      hint: 'Nothing was sent to Capture.',
    });
    expect(new InputError(['a is empty.'], 'Nothing was done.').lines).toEqual([
      'a is empty. Nothing was done.',
    ]);
  });

  test('quote only the start of a long value', () => {
    const text = 'x'.repeat(100);
    expect(complaint({ timeout: `${text}x` })).toContain(`"${text}…" isn't a duration.`);
    expect(complaint({ timeout: text })).toContain(`"${text}" isn't a duration.`);
  });

  test('do not hide a bug', () => {
    const bug = new TypeError('a bug');
    const get = (): string => {
      throw bug;
    };
    const inputs = { ...inputSource(requiredInputs), get };
    expect(thrownBy(() => readCreateInputs({ ...inputReader(), inputs }))).toBe(bug);
  });
});

describe('a text that a CI system left unexpanded', () => {
  const forms = [
    '$(captureDomain)',
    '$(a.b-c)',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's own syntax
    '${NAME}',
    '$NAME',
    '%NAME%',
    ' $NAME\n',
    '$' + '{{ secrets.X }}',
  ];

  test.each([...forms, 'https://$' + '{{ vars.HOST }}/'])('is rejected by name and quoted: %j', (text) => {
    expect(complaint({ description: text })).toBe(
      `\`description\`: "${text.trim()}" is a variable that wasn't replaced by its value. Check that it exists here, and its syntax. Nothing was sent to Capture.`,
    );
  });

  test('is rejected without being quoted in a secret', () => {
    const message = complaint({ seal_key: '$(hushhushhushhushhushhushhushhush)' });
    expect(message).toContain("`seal_key`: the value is a variable that wasn't replaced");
    expect(message).not.toContain('hush');
  });

  test('is rejected in settings by the position of its value', () => {
    for (const settings of ['a=1\nb=$HUSH', '{"a":"1","b":" $HUSH\\n"}']) {
      const message = complaint({ settings });
      expect(message).toContain("`settings`: the value of setting 2 is a variable that wasn't replaced");
      expect(message).not.toContain('HUSH');
    }
    const message = complaint({ settings: `api_key=HUSH\nb=$${'{{ secrets.X }}'}` });
    expect(message).toContain('`settings`: the value is a variable');
    expect(message).not.toContain('HUSH');
  });

  test.each(['costs $5 }}', '50% of 70%', 'a $NAME b', '$NAME b', '{{ x }}', '%%', '$' + '{{ x'])(
    'is not an ordinary text: %j',
    (description) => {
      expect(createInputs({ description }).text.value).toBe(description);
    },
  );
});

describe('a missing input', () => {
  test.each(['capture_domain', 'owner_client_id', 'owner_client_secret'])('is named: %s', (name) => {
    expect(complaint({ [name]: '' })).toMatch(new RegExp(`^\`${name}\` is empty\\. `));
  });
});

describe('an unknown input', () => {
  test.each([
    ['capture-domain', 'capture_domain'],
    ['show-summary', 'show_summary'],
    ['Expires-In', 'expires_in'],
    ['expiresin', 'expires_in'],
    ['expires_at', 'expires_in'],
    ['description2', 'description'],
    ['allow-privileged_features', 'allow_privileged_features'],
  ])('is rejected if it resembles one of the action: %s', (name, meant) => {
    expect(complaint({ [name]: 'x' })).toBe(
      `${name.toLowerCase()}: unknown input. Did you mean \`${meant}\`? Nothing was sent to Capture.`,
    );
  });

  test('is rejected even if it is empty', () => {
    expect(complaint({ 'show-summary': '' })).toContain('Did you mean `show_summary`?');
  });

  test.each(['capture', 'my-input', 'game-type', 'token'])(
    'is left to the runner if it resembles none: %s',
    (name) => {
      expect(createInputs({ [name]: 'x' })).toEqual(createInputs());
    },
  );

  test.each([
    ['dry_run', 'dry_run'],
    ['client_id', 'client_id'],
    ['dry-run', 'dry_run'],
  ])('is rejected if another action has it or one like it: %s', (name, meant) => {
    expect(complaint({ [name]: 'x' })).toBe(
      `${name}: unknown input. Another action has \`${meant}\`. Remove it. Nothing was sent to Capture.`,
    );
  });

  test('is not given if it is empty, and another action has it', () => {
    expect(createInputs({ dry_run: '' })).toEqual(createInputs());
  });

  test('is not looked for among other variables', () => {
    const variables = ['CAPTURE-DOMAIN', 'OTHER_CAPTURE-DOMAIN'];
    const inputs = { ...inputSource(requiredInputs), variables };
    expect(readCreateInputs({ ...inputReader(), inputs }, now)).toEqual(createInputs());
  });
});

test('an input that only a shell has is unknown in a workflow', () => {
  expect(thrownBy(() => read('sweep', { gitlab_token: 'x' })).message).toMatch(
    /^gitlab_token: unknown input\. Did you mean `github_token`\?/,
  );
});
