/** What still differs below exec, for docs/reference.md: the subject, directly, and below exec. */
export const differences: readonly (readonly [subject: string, directly: string, below: string])[] = [
  [
    'Environment',
    'Yours.',
    "With the client's credentials. Without the owner secret, the seal key, and every variable that contains one of them, and without the GitLab token.",
  ],
  [
    "Output that doesn't go to a terminal",
    'As it is.',
    "Secrets are `***`. The program writes to a pipe, and can't seek in it. `--no-redact` passes the output on as it is.",
  ],
  [
    'Lines on standard output and standard error that go to the same place',
    'In order.',
    'In order. On Windows, and without `mkfifo`, the order of lines on different streams can change.',
  ],
  [
    "Output that can't be written, such as on a full disk",
    'The program gets the error.',
    "The program's output is closed. `exec` says why, and its exit code isn't 0.",
  ],
  ['A program that ignores that its reader is gone, and succeeds', 'Exit code 0.', 'Exit code 141.'],
  [
    'Processes that the program leaves running',
    'They can write as long as they like.',
    '`exec` passes their output on for half a second after the last of it, and for 5 seconds at most. Then their output is closed. With `--no-redact`, nothing changes.',
  ],
  ['A signal ends the program', 'The caller sees the signal.', '`exec` exits with 128 + n.'],
  [
    'Signals that are ignored when the program starts',
    'They stay ignored.',
    'SIGHUP stays ignored if bash or zsh calls `nohup`, or if the calling script ignores it. Node.js resets the others, such as SIGINT in a background job of a script.',
  ],
  [
    'SIGKILL, SIGSTOP, or a real-time signal only to `exec`',
    'It reaches the program.',
    'It reaches only `exec`. After SIGKILL, the program goes on, and the sweep deletes the client.',
  ],
  [
    'A program that stops itself with SIGSTOP',
    'The shell gets the terminal back.',
    '`exec` waits until the program continues.',
  ],
  [
    'Descriptors from 3',
    'Inherited.',
    "Inherited on Linux, but for a pipe whose two ends are inherited and don't block. On macOS and Windows, 3 to 15 are closed.",
  ],
  ['Closed standard streams, as with `<&-`', 'Closed.', 'They are `/dev/null`.'],
  [
    'Processes',
    'The program is a child of the caller.',
    "It's a child of `exec`, in the same process group. `exec` keeps a small `sh` in the group, which shows who gets a signal.",
  ],
  [
    'Through `npx`',
    "npm doesn't pass on SIGTERM, SIGHUP, SIGKILL, ignored signals, or descriptors from 3.",
    'The same. In long jobs, install the command.',
  ],
];
