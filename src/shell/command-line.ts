import { Command, CommanderError, Option } from 'commander';
import type { CommandName } from '../inputs/input-table.ts';
import { version } from '../version.ts';
import { parseVariable } from './child-environment.ts';
import { addInputs, once } from './options.ts';
import { openOutput } from './output.ts';
import { runInShell, type Shell } from './shell.ts';
import { errorLine } from './shell-log.ts';
import { flagOf, shellInputs } from './shell-words.ts';

interface Definition {
  readonly summary: string;
  /** Loaded only if the command runs. */
  load(): Promise<(shell: Shell) => Promise<unknown>>;
  readonly options: readonly Option[];
  /** Command lines, without the name of the program. */
  readonly examples: readonly string[];
}

function resultOption(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup('Result:');
}

function runOption(flags: string, description: string): Option {
  return once(new Option(flags, `${description} Default: from the CI system.`).helpGroup('Lifetime:'));
}

const outputs = [
  once(resultOption('--output <FILE>', 'Write the result to a new file that only you can read.')),
  resultOption('--force', 'Let --output replace a file that exists.'),
];
const reveal = resultOption(
  '--reveal',
  'Include the client secret even where others may read it: in a terminal, a log, or a dotenv file.',
);
const origin = runOption('--origin <HOST/OWNER/NAME>', 'Repository that the client belongs to.');
const runId = runOption('--run-id <ID>', 'ID of the run that the client belongs to.');

function formatOf(...formats: readonly string[]): Option {
  return once(resultOption('--format <FORMAT>', 'Format of the result. Default: json.').choices(formats));
}

const definitions: Readonly<Record<CommandName, Definition>> = {
  exec: {
    summary: 'Run a program with a client of its own, which is deleted when the program ends.',
    load: async () => (await import('./exec-in-shell.ts')).execInShell,
    options: [
      new Option(
        '--env <NAME=VALUE>',
        'Use another name for the variable that contains capture_domain, client_id, or client_secret. Can be repeated.',
      ).argParser(parseVariable),
      new Option('--redact', 'Hide secrets in terminal output, too.'),
      new Option('--no-redact', "Don't hide secrets in the output of the program."),
      runId,
    ],
    examples: [
      'exec --features login_client -- npm test',
      'exec --features direct_read_access -- ./import.sh',
    ],
  },
  create: {
    summary: 'Create a client, or reuse the one of the pull request.',
    load: async () => (await import('../commands/create.ts')).create,
    options: [formatOf('json', 'env', 'dotenv'), ...outputs, reveal, runId],
    examples: [
      'create --features login_client --output client.json',
      'create --lifetime pull_request --pull-request 42 --output client.json',
    ],
  },
  configure: {
    summary: 'Change the settings or the allow list of the client of a pull request or run.',
    load: async () => (await import('../commands/configure.ts')).configure,
    options: [formatOf('json'), runId],
    examples: ['configure --pull-request 42 --settings-file settings.json'],
  },
  delete: {
    summary: 'Delete one client, or all clients of a run or pull request.',
    load: async () => (await import('../commands/delete.ts')).deleteCommand,
    options: [formatOf('json'), ...outputs, runId],
    examples: ['delete --client-id ID', 'delete --lifetime run'],
  },
  sweep: {
    summary: 'Delete every client that has expired or is no longer needed.',
    load: async () => (await import('../commands/sweep.ts')).sweepCommand,
    options: [formatOf('json'), ...outputs],
    examples: ['sweep --origin git.example.com/acme/shop --dry-run'],
  },
  unseal: {
    summary: 'Decrypt the credentials that create encrypted.',
    load: async () => (await import('../commands/unseal.ts')).unsealCommand,
    options: [formatOf('json', 'env', 'dotenv'), ...outputs, reveal],
    examples: ['unseal --output client.json'],
  },
  check: {
    summary: 'Show whether this command works with your tenant. Creates clients, and deletes them.',
    load: async () => (await import('../commands/check.ts')).check,
    options: [formatOf('json', 'markdown'), ...outputs],
    examples: ['check', 'check --mode credentials'],
  },
  list: {
    summary: 'Show which clients are left, without secrets.',
    load: async () => (await import('../commands/list.ts')).list,
    options: [formatOf('json'), ...outputs],
    examples: ['list --origin git.example.com/acme/shop'],
  },
};

const overview = `
Examples:
  capture-client exec --features login_client -- npm test
  capture-client create --features login_client --output client.json
  capture-client list

Secrets come from the environment, a file (--…-file FILE), or standard input (--…-file -), never from a flag.
Flags take precedence over environment variables.

Exit codes:
  0    success
  1    failed
  2    wrong usage; nothing was sent
  128+n  interrupted by signal n
  exec: the program's own exit code, 126 if it can't be started, 127 if it doesn't exist

In GitLab CI and GitHub Actions, the variables of the job say where a client belongs. In Jenkins, Azure Pipelines,
Buildkite, and CircleCI, they are the default of --origin and --run-id.

Set CAPTURE_DEBUG=1 for a line about each API call.`;

/** Creates the command line with all its commands and options. */
export function createProgram(): Command {
  const program = new Command('capture-client')
    .description('Temporary API clients for Akamai Identity Cloud (Capture).')
    .version(version)
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('Try capture-client --help.')
    .configureOutput({
      writeOut: (text) => openOutput(1).write(text),
      writeErr: (text) => openOutput(2).write(text),
      outputError: (text, write) => write(errorLine(withoutValues(text))),
    })
    .addHelpText('after', overview);
  for (const [name, definition] of Object.entries(definitions))
    addCommand(program, name as CommandName, definition);
  addHelp(program);
  return program;
}

/** commander's own help command says nothing about a name that doesn't exist. */
function addHelp(program: Command): void {
  program
    .command('help')
    .description('Show how to use the command line, or one of its commands.')
    .argument('[command]')
    .helpOption(false)
    .action((name?: string) => {
      if (name === undefined) program.help();
      const command = program.commands.find((one) => one.name() === name);
      if (command === undefined) program.error(`error: unknown command '${name}'`);
      command.help();
    });
}

/** Runs the command line, and sets the exit code of the process. */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
}

function addCommand(program: Command, name: CommandName, definition: Definition): void {
  const { summary, options, examples, load } = definition;
  const command = program
    .command(name)
    .description(summary)
    .showHelpAfterError(`Try capture-client ${name} --help.`)
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((example) => `  capture-client ${example}`).join('\n')}`,
    );
  addInputs(command);
  for (const option of [origin, ...options]) command.addOption(option);
  if (name === 'exec') {
    command.argument('<command...>').passThroughOptions().usage('[options] -- COMMAND [ARG...]');
  }
  command.action(async () => {
    await runInShell({ name, given: command.opts(), program: command.args }, await load());
  });
}

/** Quotes only the name of an option: whatever follows could be a secret. */
function withoutValues(text: string): string {
  const unknown = /unknown option '(--[\w-]+)/.exec(text)?.[1];
  const input = Object.entries(shellInputs).find(([name]) => flagOf(name) === `${unknown}-file`)?.[1];
  if (input !== undefined) {
    const variable = input.variable === undefined ? '' : `, or set ${input.variable}`;
    return `error: ${unknown} doesn't exist, because others can read the flags of a process. Pass ${unknown}-file FILE${variable}.\n`;
  }
  const flag = /option '(--?[\w-]+)=/.exec(text)?.[1];
  const note = ` If ${flag} exists, it takes no value like that: write it alone, or with a space before its value.`;
  return text.replace(
    /'(--[\w-]+ <[^>]+>|[\w-]*)(.*)'/s,
    (_, name: string, rest: string) => `'${name}${rest && '…'}'${flag === undefined ? '' : note}`,
  );
}
