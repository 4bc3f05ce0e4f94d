import { type EmulatorOptions, type Fault, startEmulator } from '../../emulator/emulator.ts';
import { workflowWords } from '../../src/github/workflow-words.ts';
import type { Host, Result, SavedState, Summary } from '../../src/host.ts';
import { formatDescription, type Label } from '../../src/lifecycle/label.ts';
import { type Given, inputSource, noNetworkSettings, notebook, pushContext } from './fixtures.ts';

export interface Situation extends Partial<Pick<Host, 'run' | 'ci' | 'signal'>> {
  readonly given?: Given;
  /** The clients that exist, by ID: their label or their whole description. */
  readonly clients?: Readonly<Record<string, Label | string>>;
  readonly features?: readonly string[];
  readonly emulator?: EmulatorOptions;
  readonly faults?: readonly Fault[];
  /** How the log redacts. */
  readonly show?: (text: string) => string;
}

/** Runs a command in a workflow step, against an emulated Capture. Where that runs reads HOST. */
export async function runCommand(
  command: (host: Host, running: Running) => Promise<unknown>,
  situation: Situation = {},
) {
  const { given, clients = {}, features = [], emulator: options, faults = [], show, ...changes } = situation;
  const emulator = await startEmulator(options);
  for (const [client_id, given] of Object.entries(clients)) {
    const description =
      typeof given === 'string' ? given : formatDescription({ text: client_id, label: given });
    emulator.addClient({
      client_id,
      client_secret: `secret-of-${client_id}`,
      description,
      features: [...features],
    });
  }
  for (const fault of faults) emulator.inject(fault);
  const { client_id, client_secret } = emulator.owner;
  const { log, said } = notebook();
  const published: Result[] = [];
  const summaries: Summary[] = [];
  const kept: SavedState[] = [];
  const run = pushContext;
  const host: Host = {
    inputs: inputSource({
      ...{ capture_domain: emulator.domain, owner_client_id: client_id, owner_client_secret: client_secret },
      ...given,
    }),
    ...{ run, words: workflowWords(run), network: noNetworkSettings, ci: undefined },
    log: show === undefined ? log : { ...log, show },
    signal: new AbortController().signal,
    keep: (state) => kept.push(state),
    publish: async (result) => {
      published.push(result);
    },
    summarize: (summary) => summaries.push(summary),
    ...changes,
  };
  const domain = new URL(emulator.domain);
  try {
    const owner = { clientId: client_id, clientSecret: client_secret };
    const thrown = await command(host, { domain, owner, said }).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    return {
      thrown,
      said: said
        .filter((line) => !/^(?:mask|debug)/.test(line))
        .map((line) => line.replaceAll(domain.host, 'HOST')),
      values: published[0]?.values ?? {},
      terminal: published[0]?.terminal,
      summary: summaries[0],
      kept,
      calls: emulator.requests.map(({ call }) => call.replace('clients/', '')),
      /** By ID, without the owner. */
      left: Object.fromEntries(
        emulator
          .clients()
          .slice(1)
          .map((client) => [client.client_id, client]),
      ),
      settingsOf: (id: string) => emulator.settings(id),
    };
  } finally {
    await emulator.close();
  }
}

interface Running {
  readonly domain: URL;
  readonly owner: { readonly clientId: string; readonly clientSecret: string };
  /** So far, with the host. */
  readonly said: readonly string[];
}
