import { expect, test } from '@jest/globals';
import type { EmulatedClient } from '../../emulator/emulator.ts';
import { future, type LabelParts, labelText, past } from '../support/labels.ts';
import { onPullRequest, Scenario } from '../support/scenario.ts';

type MakeDescription = (subject: string, until: string, marker: string) => string;

const changed =
  (change: (label: string) => string): MakeDescription =>
  (subject, until, marker) =>
    `x ${change(labelText(subject, until, { marker }))}`;

const forged =
  (parts: LabelParts): MakeDescription =>
  (subject, until, marker) =>
    `x ${labelText(subject, until, { marker, ...parts })}`;

const megabyte = 1024 * 1024;

/** Descriptions made by hand, by another tool, or to deceive. None is a label of this repository. */
const lookalikes: Readonly<Record<string, MakeDescription>> = {
  'no label': (subject) => `acme/shop ${subject}, name preview`,
  'another tool': (subject, until) =>
    `[preview-client/1 github.com id 123456 acme/shop, ${subject}, ${until}]`,
  'another version': changed((text) => text.replace('/1 ', '/2 ')),
  'a dot after it': changed((text) => `${text}.`),
  'a space after it': changed((text) => `${text} `),
  'a line break after it': changed((text) => `${text}\n`),
  'words after it': changed((text) => `${text} (do not delete)`),
  'another label after it': (subject, until) =>
    `${labelText(subject, until)} ${labelText(subject, until, { id: '77' })}`,
  'words right before it': (subject, until) => `words${labelText(subject, until)}`,
  'no closing bracket': changed((text) => text.slice(0, -1)),
  'round brackets': changed((text) => `(${text.slice(1, -1)})`),
  'quotes around it': changed((text) => `"${text}"`),
  'HTML entities': changed((text) => text.replace('[', '&#91;')),
  'two spaces': changed((text) => text.replace(', name', ',  name')),
  'upper case': changed((text) => text.toUpperCase()),
  'an upper-case marker': changed((text) => text.replace(/[0-9a-f]{24}/, 'ABCDEFABCDEFABCDEFABCDEF')),
  'a short marker': changed((text) => text.replace(/.\]$/, ']')),
  'no name': changed((text) => text.replace('name preview', 'name ')),
  'an offset': changed((text) => text.replace('Z,', '+00:00,')),
  'a day that does not exist': changed((text) => text.replace(/\d\d-\d\dT/, '02-30T')),
  'a Cyrillic letter': changed((text) => text.replace('capture', 'c\u0430pture')),
  'a Greek letter': changed((text) => text.replace('action', 'acti\u03bfn')),
  'a Cyrillic repository': forged({ repository: 'acme/sh\u043ep' }),
  'full-width brackets': changed((text) => text.replace('[', '\uff3b').replace(']', '\uff3d')),
  'full-width digits': changed((text) => text.replace('123456', '\uff11\uff12\uff13\uff14\uff15\uff16')),
  'Arabic digits': changed((text) => text.replace('id 1', 'id \u0661')),
  'a hyphen of another kind': changed((text) => text.replace('capture-', 'capture\u2010')),
  'a no-break space': changed((text) => text.replace(' id ', '\u00a0id ')),
  'a zero-width space': changed((text) => text.replace('shop', 'sh\u200bop')),
  'a zero-width joiner after it': changed((text) => `${text}\u200d`),
  'a byte order mark before it': changed((text) => `\ufeff${text}`),
  'a right-to-left mark': changed((text) => text.replace('acme', '\u200facme')),
  'reversed text': changed((text) => `\u202e${[...text].reverse().join('')}\u202c`),
  'a combining mark': changed((text) => text.replace('acme', 'acm\u0301e')),
  'another repository': forged({ id: '77', repository: 'globex/shop' }),
  'the same name, another id': forged({ id: '1234567' }),
  'the same name, a part of the id': forged({ id: '12345' }),
  'the same name, a zero before the id': forged({ id: '0123456' }),
  'the same name, a longer id': forged({ id: `123456${'0'.repeat(200)}` }),
  'the same id on another host': forged({ host: 'ghe.example.com' }),
  'the same id on a host with a port': forged({ host: 'github.com:443' }),
  'the same id on an upper-case host': forged({ host: 'GitHub.com' }),
  'the same id on a host that looks like it': forged({ host: 'g%D1%96thub.com' }),
  'an owner that looks like it': forged({ id: '77', repository: 'acm%D0%B5/shop' }),
  'an owner that folds to it': forged({ id: '77', repository: '%E2%84%AAiosk/shop' }),
  'an owner with a longer name': forged({ id: '77', repository: 'acme-corp/shop' }),
  'a pattern for a name': forged({ id: '77', repository: 'acme/%2A' }),
  'a path for a name': forged({ id: '77', repository: 'acme/shop/..' }),
  'a group of the same name': forged({ id: '77', repository: 'acme/shop/shop' }),
  'the same name below another group': forged({ id: '77', repository: 'globex/acme/shop' }),
  'an id that is no number': forged({ id: '123456x' }),
  'an id with a space after it': forged({ id: '123456%20' }),
  'a host of GitLab': forged({ host: 'gitlab.com' }),
};

/** Each only once, because they are a megabyte long. */
const oversize: Readonly<Record<string, MakeDescription>> = {
  'much text after it': (subject, until) => `${labelText(subject, until)}${'x'.repeat(megabyte)}`,
  'labels that never end': (subject, until) =>
    `${labelText(subject, until).slice(0, -1)} `.repeat(megabyte / 150),
  'a long id': forged({ id: '1'.repeat(megabyte) }),
  'a long name of another': forged({ id: '77', name: 'p'.repeat(megabyte) }),
};

const subjects = ['pull request 42', 'run 1001', 'job of run 1001'];

/** An emulated Capture full of foreign clients. */
class ForeignClients {
  readonly scenario: Scenario;
  readonly foreign: EmulatedClient[] = [];

  private constructor(scenario: Scenario) {
    this.scenario = scenario;
    for (const [index, subject] of subjects.entries()) {
      for (const make of Object.values(lookalikes)) {
        this.#add(make(subject, past, marker(index)));
        this.#add(make(subject, future, marker(index)));
      }
    }
    for (const make of Object.values(oversize)) this.#add(make('pull request 42', past, marker(9)));
  }

  static async start(): Promise<ForeignClients> {
    return new ForeignClients(await Scenario.start());
  }

  /** Adds a client of ours, which shows that the step does something. */
  addOwn(subject: string, until: string): EmulatedClient {
    const description = labelText(subject, until, { marker: 'f'.repeat(24) });
    return this.scenario.emulator.addClient({ description });
  }

  /** Expects that all exist, unchanged, and that no request named one. */
  expectUntouched(): void {
    const ids = new Set(this.foreign.map(({ client_id }) => client_id));
    const { emulator } = this.scenario;
    const left = emulator.clients().filter(({ client_id }) => ids.has(client_id));
    // Compared as one boolean: some descriptions are a megabyte long.
    expect(JSON.stringify(left) === JSON.stringify(this.foreign)).toBe(true);
    const named = emulator.requests.flatMap(({ call, form }) =>
      Object.values(form).some((value) => ids.has(value)) ? [call] : [],
    );
    expect(named).toEqual([]);
  }

  #add(description: string): void {
    // As owners: their deletion would start with their features.
    this.foreign.push(this.scenario.emulator.addClient({ description, features: ['owner', 'login_client'] }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scenario[Symbol.asyncDispose]();
  }
}

function marker(number: number): string {
  return String(number).padStart(24, '0');
}

test('create reuses and replaces none of them', async () => {
  await using world = await ForeignClients.start();
  const main = await world.scenario.create({ lifetime: 'pull_request' }, onPullRequest(42));
  expect(main).toMatchObject({ conclusion: 'success', outputs: { created: 'true' } });
  const again = await world.scenario.create({ lifetime: 'pull_request' }, onPullRequest(42));
  expect(again.outputs).toMatchObject({ created: 'false', client_id: main.outputs.client_id });
  world.expectUntouched();
});

test.each([
  ['pull request 42', { lifetime: 'pull_request', pull_request: '42' }],
  ['run 1001', { lifetime: 'run' }],
])('delete by lifetime deletes our own client of %s and none of them', async (subject, inputs) => {
  await using world = await ForeignClients.start();
  const own = world.addOwn(subject, future);
  const { outputs } = await world.scenario.delete(inputs);
  expect(outputs).toEqual({ deleted: '1', client_ids: JSON.stringify([own.client_id]) });
  world.expectUntouched();
});

test.each(Object.keys({ ...lookalikes, ...oversize }))('delete by client_id rejects %s', async (what) => {
  await using scenario = await Scenario.start();
  const make = { ...lookalikes, ...oversize }[what] as MakeDescription;
  const description = make('run 1001', past, marker(0));
  const foreign = scenario.emulator.addClient({ description, features: ['owner'] });
  const gone = await scenario.delete({ client_id: foreign.client_id });
  expect(gone.conclusion).toBe('failure');
  expect(gone.annotations.at(-1)?.message).toMatch(
    new RegExp(`^Client ${foreign.client_id} .*Nothing was deleted`),
  );
  expect(scenario.emulator.requests.map(({ call }) => call)).toEqual(['clients/list']);
  expect(JSON.stringify(scenario.clients) === JSON.stringify([foreign])).toBe(true);
});

test.each<Record<string, string>>([
  {},
  { repositories: 'acme/shop' },
  { repositories: 'acme/shop, kiosk/*, kiosk/shop' },
])('a sweep with %j deletes our own expired client and none of them', async (inputs) => {
  await using world = await ForeignClients.start();
  const own = world.addOwn('pull request 42', past);
  const main = await world.scenario.sweep(inputs);
  expect(main).toMatchObject({
    conclusion: 'success',
    outputs: { deleted: '1', kept: '0', failed: '0', report: expect.stringContaining(own.client_id) },
  });
  world.expectUntouched();
});

test('post deletes what its main left, and nothing else with the same marker', async () => {
  await using world = await ForeignClients.start();
  const { scenario } = world;
  scenario.emulator.inject({ kind: 'reset-after-commit', call: 'clients/add' });
  scenario.emulator.inject({ kind: 'api-before-commit', code: 403, call: 'clients/list' });
  const main = await scenario.create();
  expect(main.conclusion).toBe('failure');
  const { creation } = JSON.parse(main.state.creation ?? '');
  const copies = Object.values(lookalikes).map((make) =>
    scenario.emulator.addClient({ description: make('run 1001', future, creation.marker) }),
  );
  world.foreign.push(...copies);
  const post = await scenario.post();
  expect(post).toMatchObject({ conclusion: 'success', annotations: [] });
  expect(post.log.match(/^Deleted client/gm)).toHaveLength(1);
  expect(scenario.clients).toHaveLength(world.foreign.length);
  world.expectUntouched();
});
