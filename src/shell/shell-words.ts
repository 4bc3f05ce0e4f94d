import type { Words } from '../host.ts';
import { type CommandName, type Input, inputsOf, inputTable } from '../inputs/input-table.ts';
import { parseBoolean } from '../inputs/parsers.ts';
import type { NamedInput } from '../inputs/read-inputs.ts';

/** Every input of a shell by its name. The same name means the same in all commands. */
export const shellInputs: Readonly<Record<string, Input>> = Object.assign(
  {},
  ...Object.keys(inputTable).map((command) => inputsOf(command as CommandName, 'shell')),
);

/** `--expires-in`, `--seal-key-file` */
export function flagOf(name: string): string {
  return `--${name.replaceAll('_', '-')}${shellInputs[name]?.fromFile ? '-file' : ''}`;
}

export function nameOf(name: string, value: string | undefined, flags: ReadonlyMap<string, string>): string {
  const input = shellInputs[name];
  if (input === undefined) return value === undefined ? name : `${name}: ${value}`;
  if (value === undefined) return flags.has(name) ? flagOf(name) : (input.variable ?? flagOf(name));
  return input.parse === parseBoolean && value === 'true' ? flagOf(name) : `${flagOf(name)} ${value}`;
}

export type Flags = readonly (readonly [flag: string, value: string])[];

/** @param repeated flags that a printed command needs again @param runId given by a flag */
export function shellWords(repeated: Flags, runId: string | undefined): Words {
  const quote = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : quoteForShell(text));
  const join = (flags: Flags): string => flags.map(([flag, value]) => `${flag} ${quote(value)}`).join(' ');
  const command = (flags: Flags): string => `capture-client delete ${join([...flags, ...repeated])}`;
  const origin = repeated.filter(([flag]) => flag === '--origin');
  const there = origin.length === 0 ? 'there' : `with ${join(origin)} there`;
  return {
    missing: (inputs) => inputs.map(describeMissing),
    noPullRequest: 'this run belongs to no pull request. Set `pull_request` to its number.',
    cleanup({ purpose }) {
      if (purpose.lifetime === 'job') return 'Deleted when the program ends.';
      const [end, flag, id] =
        'runId' in purpose
          ? ['this run is completed', '--run-id', runId]
          : [`pull request ${purpose.pullRequest} closes`, '--pull-request', `${purpose.pullRequest}`];
      const subject: Flags = id === undefined ? [] : [[flag, id]];
      return `To delete it when ${end}, run: ${command([['--lifetime', purpose.lifetime], ...subject])}`;
    },
    laterJobs({ purpose }, isSealed) {
      if (!isSealed && purpose.lifetime !== 'run') return undefined;
      const how = isSealed ? 'pass CAPTURE_SEALED_CREDENTIALS to it' : 'set `seal_key`';
      return `To use this client in a later job, ${how}, and use exec or unseal ${there}.`;
    },
    notHandedOver: "which wasn't handed over",
    deletion: (clientId) => `run: ${command([['--client-id', clientId]])}`,
    link: () => undefined,
  };
}

function describeMissing([name, { variable }]: NamedInput): string {
  return variable === undefined
    ? `${flagOf(name)} is missing.`
    : `${variable} isn't set. Set it, or pass ${flagOf(name)}.`;
}

export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
