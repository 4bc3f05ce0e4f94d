import type { ChildProcess } from 'node:child_process';
import type { Ended } from '../integration/cli/command.ts';
import { type OriginName, originOf } from './origins.ts';
import type { ExecPlan } from './plan.ts';
import { formsIfAny, type World } from './world.ts';

const longestMs = 120_000;

interface Run {
  origin: OriginName;
  runId: string;
  args: readonly string[];
  input?: string;
  onStart?(child: ChildProcess): () => void;
}

/** Runs the packed `capture-client` as a CI system or a developer does, and checks how it ended and what it printed. */
export async function runCommand(
  world: World,
  { origin, runId, args, input = '', onStart }: Run,
): Promise<Ended> {
  const { env, execFlags, sweepFlags } = originOf(origin);
  const [command = '', ...rest] = args;
  const own = (command === 'exec' && execFlags?.(runId)) || (command === 'sweep' && sweepFlags) || [];
  let disarm: (() => void) | undefined;
  let limit: NodeJS.Timeout | undefined;
  let isTooLong = false;
  const ended = await world.place.run([command, ...own, ...rest], {
    env: { ...env(runId), ...world.shiftedClock },
    input,
    onStart(child) {
      disarm = onStart?.(child);
      limit = setTimeout(() => {
        isTooLong = child.kill('SIGKILL');
      }, longestMs);
    },
  });
  clearTimeout(limit);
  disarm?.();

  const { code, signal, stdout, stderr } = ended;
  const what = `${args.slice(0, -1).join(' ')} of run ${runId} (${origin})`;
  const shown = `${stdout}\n${stderr}`;
  const complain = (reason: string): void =>
    world.ledger.breach('manners', `${what}: ${reason} (exit code ${code}, ${signal})\n${shown}`);
  if (isTooLong) complain('still running');
  if (/^\s+at |Unexpected error: /m.test(shown)) complain('an unexpected error');
  if (code === 2) complain('wrong usage');
  world.checkSecrets(what, shown, []);
  return ended;
}

/** Runs `capture-client exec`, and checks what its command got and what it left. */
export async function liveExec(world: World, plan: ExecPlan): Promise<void> {
  const { ledger } = world;
  const { runId, origin, flags, command, kill } = plan;
  ledger.count('lives of exec');
  let wasStruck = false;
  const ended = await runCommand(world, {
    origin,
    runId,
    args: ['exec', ...flags, '--', process.execPath, '-e', program(runId, command)],
    onStart: (child) =>
      world.arm(
        { kind: 'exec', runId, kill },
        {
          cancel: async () => {},
          kill: (signal) => {
            wasStruck = child.kill(signal);
          },
        },
      ),
  });
  const credentials = credentialsOfCommand(world, runId);
  const what = `exec of run ${runId} (${origin}, ${flags.join(' ')}, ${JSON.stringify(kill)})`;
  const shown = `${ended.stdout}\n${ended.stderr}`;
  world.checkSecrets(what, shown, formsIfAny(credentials?.id ?? '', credentials?.secret ?? ''));
  const wasKilled = wasStruck && kill?.how === 'SIGKILL';
  if (credentials === undefined) ledger.count('execs that started no command');
  else if (ended.stdout.includes('served')) ledger.count('commands that exec served');
  else if (!wasStruck) ledger.breach('dead', `${what}: ${shown}`);
  const sent = world.labelsSent(runId);
  // Node hasn't started capture-client's code yet, or is done with it, so the signal ends it as it ends any process.
  const isDone = /(?:Deleted client \w+(?:, which wasn't handed over)?|Nothing to delete: .*)\.\n$/.test(
    ended.stderr,
  );
  const isEnded = wasStruck && (sent.length === 0 || isDone) && ended.signal === kill?.how;
  if (!isEnded && !expectedCodes(plan, wasStruck, credentials !== undefined).includes(ended.code))
    ledger.breach('code', `${what}: ${ended.code}, ${ended.signal}\n${shown}`);
  if (ended.code === 1 && credentials === undefined && !ended.stderr.includes('capture-client: error: '))
    ledger.breach('manners', `${what}: failed without a message\n${shown}`);
  if (wasKilled) return;
  if (/: warning: C(?:ould not|leanup failed)/.test(ended.stderr))
    return ledger.count('execs that warned about a client that is left');
  for (const { marker } of sent) {
    const [left] = world.clientsWith(marker);
    if (left === undefined) continue;
    ledger.breach(
      'uncleaned',
      `${what}: ${left.description}\n${shown}\n${world.story(runId, left.client_id)}`,
    );
  }
}

/** A signal can come before the command starts, while it runs, or after it has ended. */
function expectedCodes({ command, kill }: ExecPlan, wasStruck: boolean, hasStarted: boolean): unknown[] {
  const own = hasStarted ? command.exitCode : 1;
  if (!wasStruck) return [own];
  if (kill?.how === 'SIGKILL') return [own, null];
  return [own, kill?.how === 'SIGINT' ? 130 : 143];
}

const agentOf = (runId: string): string => `command of run ${runId}`;

/** The program that exec runs. It waits until Capture accepts its credentials, and prints them in several forms. */
function program(runId: string, { ms, exitCode }: ExecPlan['command']): string {
  return `
const { CAPTURE_DOMAIN: domain, CAPTURE_CLIENT_ID: id, CAPTURE_CLIENT_SECRET: secret } = process.env;
const basic = Buffer.from(id + ':' + secret).toString('base64');
const headers = { authorization: 'Basic ' + basic, 'user-agent': ${JSON.stringify(agentOf(runId))} };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const call = async () => (await fetch(domain + '/settings/items', { headers })).json();
(async () => {
  for (let attempt = 1; attempt <= 50; attempt += 1) {
    const { code, stat } = await call().catch(() => ({}));
    // Capture knows the client, and its features decide.
    if (stat === 'ok' || code === 403) {
      console.log('served', secret, basic);
      console.error(JSON.stringify({ secret, hex: Buffer.from(secret).toString('hex') }));
      break;
    }
    await sleep(100);
  }
  await sleep(${ms});
  process.exitCode = ${exitCode};
})();`;
}

function credentialsOfCommand(world: World, runId: string): { id: string; secret: string } | undefined {
  const request = world.emulator.requests.find(({ headers }) => headers['user-agent'] === agentOf(runId));
  if (request === undefined) return undefined;
  const basic = request.headers.authorization?.replace(/^Basic /, '') ?? '';
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':');
  return { id, secret };
}
