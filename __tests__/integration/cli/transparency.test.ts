import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Outcome, runBoth, runInTerminal, runToEnd, type Step } from '../../support/comparison.ts';
import { buildOnce } from './command.ts';

const node = process.execPath;
const support = resolve(import.meta.dirname, '../../support');
const signals = `python3 ${join(support, 'signals.py')}`;
const allSignals = ['HUP', 'INT', 'QUIT', 'TERM', 'ALRM', 'USR1', 'USR2', 'CONT', 'WINCH'] as const;

/** Waits in a script, for ten seconds at most. */
const until = (condition: string): string =>
  `for i in $(seq 200); do ${condition} && break; sleep 0.05; done`;

/** Sends SIGHUP when a command in the background has written something. */
const hangUp = `{ ${until('test -s out')}; kill -HUP $!; wait $!; } 2> /dev/null; echo $? $(cat out)`;

/** Runs a script for bash, in which `$RUN` stands before the program, both ways. */
async function compare(script: string): Promise<Outcome> {
  const { direct, below } = await runBoth((RUN, cwd, env) =>
    runToEnd(['bash', '-c', script], { cwd, env: { ...env, RUN } }),
  );
  expect(below).toEqual(direct);
  return direct;
}

describe('below exec as directly:', () => {
  test.concurrent.each<[string, string, Partial<Outcome>]>([
    ['input that comes late', '(sleep 1; echo hello) | $RUN cat', { stdout: 'hello\n' }],
    [
      'a shell that reads late input',
      `(sleep 1; echo hello) | $RUN sh -c 'read x; echo "<$x>"'`,
      { stdout: '<hello>\n' },
    ],
    [
      'Python that reads late input',
      `(sleep 1; echo hello) | $RUN python3 -c 'print(input())'`,
      { stdout: 'hello\n' },
    ],
    [
      'Node.js that reads late input',
      `(sleep 1; echo hello) | $RUN ${node} -p 'fs.readFileSync(0, "utf8")'`,
      { stdout: 'hello\n\n' },
    ],
    [
      '5 MB of input',
      `(head -c 3000000 /dev/zero; sleep 0.5; head -c 2000000 /dev/zero) | $RUN sh -c 'sleep 0.2; wc -c'`,
      { stdout: '5000000\n' },
    ],
    [
      'input that is left for the next program',
      `printf 'a\\nb\\n' | { $RUN true; cat; }`,
      { stdout: 'a\nb\n' },
    ],
    [
      'the mode of the input',
      `sleep 1 | $RUN python3 -c 'import os; print(os.get_blocking(0))'`,
      { stdout: 'True\n' },
    ],
    ['closed output', '$RUN sh -c "exit 4" > /dev/null 2>&1 < /dev/null', { code: 4 }],
  ])('%s', async (_, script, expected) => {
    expect(await compare(script)).toMatchObject(expected);
  });

  test.concurrent.each<[string, string, Partial<Outcome>]>([
    [
      'output that is opened by name',
      `$RUN sh -c 'echo a > /dev/stdout; echo b > /dev/stderr' 2>&1 | cat`,
      { stdout: 'a\nb\n' },
    ],
    [
      'lines that alternate between stdout and stderr',
      `$RUN python3 -c 'import os; [os.write(1 + i % 2, b"%d\\n" % i) for i in range(2000)]' > log 2>&1; cat log`,
      { stdout: expect.stringMatching(/^0\n1\n2\n/) as never },
    ],
    ['binary output', '$RUN head -c 300000 /bin/bash | md5sum', { code: 0 }],
    [
      'a reader that goes away',
      `$RUN yes | head -1; echo \${PIPESTATUS[0]}`,
      { stdout: 'y\n141\n', stderr: '' },
    ],
    [
      'a reader that goes away below a shell',
      `$RUN sh -c 'yes; echo $? >&2' | head -1`,
      { stdout: 'y\n', stderr: '141\n' },
    ],
    [
      'a reader that goes away from a program that ignores SIGPIPE',
      `$RUN python3 -c '
import os, signal
try:
  while True: os.write(1, b"y" * 9999)
except BrokenPipeError: os._exit(5)' | head -c 1; echo \${PIPESTATUS[0]}`,
      { stdout: 'y5\n', stderr: '' },
    ],
    [
      'the mode of output that others write to',
      `{ $RUN sleep 0.7 & sleep 0.4; python3 -c 'import os; print(os.get_blocking(1))'; wait; } | cat`,
      { stdout: 'True\n' },
    ],
    [
      'the size of a pipe',
      `$RUN python3 -c 'import fcntl; print(fcntl.fcntl(1, 1032))' | cat`,
      { stdout: '65536\n' },
    ],
  ])('%s', async (_, script, expected) => {
    expect(await compare(script)).toMatchObject(expected);
  });

  test.concurrent.each<[string, string, Partial<Outcome>]>([
    ['descriptor 3', '$RUN sh -c "echo three >&3" 3> file; cat file', { stdout: 'three\n' }],
    [
      'descriptors with gaps between them',
      `$RUN bash -c 'cat <&5; echo nine >&9; echo twenty >&20' 5< /etc/hostname 9> nine 20> twenty; cat nine twenty`,
      { stdout: expect.stringMatching(/\nnine\ntwenty\n$/) as never },
    ],
    [
      'a pipe with only one end here',
      `$RUN sh -c 'echo pipe >&7' 7> >(cat > piped; touch closed); until test -e closed; do sleep 0.05; done; cat piped`,
      { stdout: 'pipe\n' },
    ],
    [
      'both ends of a pipe, as of the job server of make 4.2',
      `RUN="$RUN" python3 -c '
import os, subprocess
ends = os.pipe()
script = f"echo pipe >&{ends[1]}; head -c 5 <&{ends[0]}"
subprocess.run(os.environ["RUN"].split() + ["bash", "-c", script], pass_fds=ends)'`,
      { stdout: 'pipe\n' },
    ],
    [
      'no others',
      `$RUN python3 -c 'import os; print(sorted(map(int, os.listdir("/proc/self/fd"))))' 3> a 6> b`,
      { stdout: expect.stringMatching(/^\[0, 1, 2, 3, (4, )?6/) as never },
    ],
    [
      "make's job server",
      `printf 'all:\\n\\t+$(RUN) $(MAKE) -f sub\\n' > Makefile; printf 'all: a b\\na:\\n\\t@test -e b.done || sleep 1; test -e b.done\\nb:\\n\\t@touch b.done\\n' > sub; make -s -j2 RUN="$RUN"`,
      { code: 0, stderr: '' },
    ],
  ])('%s', async (_, script, expected) => {
    expect(await compare(script)).toMatchObject(expected);
  });

  test.concurrent.each<[string, string, Partial<Outcome>]>([
    ['an exit code', "$RUN sh -c 'exit 3'", { code: 3 }],
    ['the exit code of a signal', "{ $RUN sh -c 'kill -KILL $$'; } 2> /dev/null; exit $?", { code: 137 }],
    ['a missing program', '$RUN nosuch 2> /dev/null', { code: 127 }],
    ['a file that is no program', '$RUN /etc/passwd 2> /dev/null', { code: 126 }],
    [
      'the folder, the mask, the limits, and the priority',
      "umask 027; ulimit -n 100; nice -n 3 $RUN sh -c 'basename $PWD | cut -c -12; umask; ulimit -n; nice'",
      { stdout: 'transparency\n0027\n100\n3\n' },
    ],
    [
      'the process group and the session',
      `PGID=$(ps -o pgid= $$) $RUN python3 -c 'import os; print(os.getpgrp() == int(os.environ["PGID"]), os.getsid(0) == os.getpgrp())'`,
      { stdout: 'True True\n' },
    ],
    ['ignored and blocked signals', "$RUN grep -E 'Sig(Ign|Blk)' /proc/self/status", { code: 0 }],
    [
      'SIGHUP that the caller ignores',
      `trap '' HUP; $RUN sh -c 'echo ready; kill -HUP $$; sleep 1; echo here' > out & ${hangUp}`,
      { stdout: '0 ready here\n' },
    ],
    [
      'nohup',
      `nohup $RUN sh -c 'echo ready; kill -HUP $$; sleep 1; echo here' > out & ${hangUp}`,
      { stdout: '0 ready here\n' },
    ],
    [
      'SIGHUP that nobody ignores',
      `$RUN sh -c 'echo ready; exec sleep 5; echo here' > out & ${hangUp}`,
      { stdout: '129 ready\n' },
    ],
  ])('%s', async (_, script, expected) => {
    expect(await compare(script)).toMatchObject(expected);
  });
});

describe('each signal reaches the program once:', () => {
  /** Runs the program that reports signals both ways, and sends signals when it's ready. */
  async function compareSignals(send: (pid: number) => void, seconds = 2): Promise<Outcome> {
    const { direct, below } = await runBoth((prefix, cwd, env) =>
      runToEnd(`${prefix} ${signals} ${seconds}`.trim().split(' '), {
        cwd,
        env,
        onReady: ({ pid = 0 }) => send(pid),
      }),
    );
    expect(below).toEqual(direct);
    return direct;
  }

  test.concurrent.each(allSignals)('%s only to exec', async (name) => {
    const { code, stdout } = await compareSignals((pid) => process.kill(pid, `SIG${name}`));
    expect({ code, stdout }).toEqual({ code: 7, stdout: `ready\nSIG${name}\ngot SIG${name}\n` });
  });

  test.concurrent.each(allSignals)('%s to the process group', async (name) => {
    const { stdout } = await compareSignals((pid) => process.kill(-pid, `SIG${name}`));
    expect(stdout).toBe(`ready\nSIG${name}\ngot SIG${name}\n`);
  });

  test.concurrent('several in a row', async () => {
    const { stdout } = await compareSignals((pid) => {
      const kills = [
        [pid, 'SIGTERM'],
        [-pid, 'SIGINT'],
        [pid, 'SIGINT'],
        [-pid, 'SIGTERM'],
        [-pid, 'SIGUSR1'],
      ] as const;
      for (const [index, [target, name]] of kills.entries())
        setTimeout(() => process.kill(target, name), 100 * index);
    }, 3);
    expect(stdout).toMatch(/^got SIGTERM SIGINT SIGINT SIGTERM SIGUSR1$/m);
  });

  test.concurrent('from timeout', async () => {
    const { direct, below } = await runBoth((prefix, cwd, env) =>
      runToEnd(`timeout -s TERM 4 ${prefix} ${signals} 5`.split(/ +/), { cwd, env }),
    );
    expect(below.code).toBe(direct.code);
    // timeout signals its program and then the group, so without exec both can arrive.
    expect(direct.stdout).toMatch(/^got SIGTERM( SIGTERM)?( SIGCONT)?$/m);
    expect(below.stdout).toMatch(/^got SIGTERM( SIGCONT)?$/m);
  });

  test.concurrent.each(['QUIT', 'ALRM', 'USR1', 'USR2'] as const)(
    '%s ends a program that doesn’t handle it',
    async (name) => {
      const { direct, below } = await runBoth((prefix, cwd, env) =>
        runToEnd(['sh', '-c', `${prefix} sh -c "ulimit -c 0; echo ready; exec sleep 20"; exit $?`], {
          cwd,
          env,
          onReady: ({ pid = 0 }) => process.kill(-pid, `SIG${name}`),
        }),
      );
      expect(below.code).toBe(direct.code);
    },
  );

  test.concurrent('SIGUSR1 opens no debugger', async () => {
    const { below } = await runBoth((prefix, cwd, env) =>
      runToEnd(
        `${prefix} sh -c`
          .trim()
          .split(' ')
          .concat('trap "exit 3" USR1; echo ready; while :; do sleep 0.05; done'),
        {
          cwd,
          env,
          onReady: ({ pid = 0 }) => process.kill(pid, 'SIGUSR1'),
        },
      ),
    );
    expect(below).toEqual({ code: 3, stdout: 'ready\n', stderr: '' });
  });
});

describe('in a terminal as directly:', () => {
  const ready = { wait: 'ready' };
  const end = { pause: 0.3 };

  test.concurrent.each<[string, readonly Step[], RegExp]>([
    ['Ctrl+C', [ready, { type: '\x03' }, end], /got SIGINT\r\n$/],
    [
      'Ctrl+C twice',
      [ready, { type: '\x03' }, { wait: 'SIGINT' }, { pause: 0.1 }, { type: '\x03' }, end],
      /got SIGINT SIGINT\r\n$/,
    ],
    ['Ctrl+\\', [ready, { type: '\x1c' }, end], /got SIGQUIT\r\n$/],
    ['SIGINT only to exec', [ready, { signal: 'SIGINT' }, end], /got SIGINT\r\n$/],
    ['a new size', [ready, { size: [33, 99] }, end], /got SIGWINCH\r\n$/],
    [
      'Ctrl+Z and fg',
      [ready, { type: '\x1a' }, { wait: '[stopped]' }, { wait: 'SIGCONT' }, end],
      /\[stopped\]SIGCONT\r\ngot SIGCONT\r\n$/,
    ],
  ])('%s', async (_, steps, expected) => {
    for (const redirected of ['', ' < /dev/null 2> /dev/null']) {
      const { direct, below } = await runBoth((prefix, cwd, env) =>
        runInTerminal(['sh', '-c', `exec ${prefix} ${signals} 2${redirected}`], steps, { cwd, env }),
      );
      expect(direct).toMatchObject({ code: 7, stdout: expect.stringMatching(expected) });
      expect(below).toEqual(direct);
    }
  });

  test.concurrent('Ctrl+Z in a program that ignores it stops nothing', async () => {
    const script = `trap '' TSTP; echo ready; sleep 1; echo done`;
    const { direct, below } = await runBoth((prefix, cwd, env) =>
      runInTerminal(`${prefix} sh -c`.trim().split(' ').concat(script), [ready, { type: '\x1a' }], {
        cwd,
        env,
      }),
    );
    expect(direct.stdout).toMatch(/done/);
    expect(direct.stdout).not.toContain('stopped');
    expect(below).toEqual(direct);
  });

  test.concurrent('the terminal itself', async () => {
    const script =
      'tty; stty size < /dev/tty; test -t 0 && test -t 1 && test -t 2 && echo all; read x; echo "<$x>"';
    const { direct, below } = await runBoth((prefix, cwd, env) =>
      runInTerminal(
        `${prefix} sh -c`.trim().split(' ').concat(script),
        [{ wait: 'all' }, { type: 'typed\n' }],
        { cwd, env },
      ),
    );
    const withoutName = ({ stdout }: Outcome): string => stdout.replace(/\/dev\/pts\/\d+/, 'TTY');
    expect(withoutName(direct)).toMatch(/^TTY\r\n\d+ \d+\r\nall\r\ntyped\r\n<typed>\r\n$/);
    expect(withoutName(below)).toBe(withoutName(direct));
  });
});

test.concurrent('a reader that reads nothing doesn’t keep exec after a signal', async () => {
  const script = `{ $RUN sh -c 'echo started > started; exec yes' & ${until('test -s started')}; sleep 0.3; kill $!; wait $!; echo $? > code; } | sleep 20 & ${until('test -s code')}; cat code; kill $!`;
  expect(await compare(script)).toMatchObject({ stdout: '143\n' });
}, 30_000);

describe('a failed write is never silent:', () => {
  test.concurrent.each([
    ['a full disk', '$RUN sh -c "echo output" > /dev/full', 'no space left on device'],
    ['a disk that becomes full', 'ulimit -f 4; $RUN head -c 10000 /dev/zero > file', 'file too large'],
  ])('%s', async (_, script, reason) => {
    const { direct, below } = await runBoth((RUN, cwd, env) =>
      runToEnd(['bash', '-c', script], { cwd, env: { ...env, RUN } }),
    );
    expect(direct.code).not.toBe(0);
    expect(below.code).not.toBe(0);
    expect(below.stderr).toContain(
      `capture-client: warning: Could not write the program's output: ${reason}.\n`,
    );
  });

  test.concurrent('a reader that is gone before the program ends has the exit code of SIGPIPE', async () => {
    expect(await compare(`$RUN sh -c 'sleep 0.5; echo lost' | true; echo \${PIPESTATUS[0]}`)).toMatchObject({
      stdout: expect.stringMatching(/^(141|0)$/m),
      stderr: '',
    });
  });

  test.concurrent.each(['--help', '--version', 'exec --help'])(
    'capture-client %s with a reader that goes away',
    async (args) => {
      const bin = join(buildOnce(), 'package', 'bin.js');
      const script = `for i in $(seq 5); do ${node} ${bin} ${args} | true; ${node} ${bin} ${args} | head -1 > /dev/null; done`;
      const { below } = await runBoth((_, cwd, env) => runToEnd(['bash', '-c', script], { cwd, env }));
      expect(below).toEqual({ code: 0, stdout: '', stderr: '' });
    },
  );
});
