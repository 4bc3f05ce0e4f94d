import { isatty } from 'node:tty';
import { styleText } from 'node:util';
import { type Log, type LogWriter, openLog } from '../log.ts';
import { openOutput } from './output.ts';

const prefix = 'capture-client: ';

function color(name: 'red' | 'yellow', word: string): string {
  const isColored = isatty(2) && !process.env.NO_COLOR;
  return isColored ? styleText(name, word, { validateStream: false }) : word;
}

/** Shows a message that starts with `error: ` as the log does. */
export function errorLine(message: string): string {
  return `${prefix}${message.replace(/^error: /, (word) => color('red', word))}`;
}

/** Opens the command's log, on standard error. Results have standard output to themselves. */
export function openShellLog(nameOf: LogWriter['nameOf']): Log {
  const output = openOutput(2);
  const write = (line: string): void => {
    output.write(`${prefix}${line}\n`);
  };
  return openLog({
    write(level, line) {
      if (level === 'debug' && !process.env.CAPTURE_DEBUG) return;
      const kind = { info: '', debug: '', notice: 'note: ', warning: color('yellow', 'warning: ') }[level];
      write(`${kind}${line}`);
    },
    fail([first, ...more]) {
      output.write(`${errorLine(`error: ${first}`)}\n`);
      for (const line of more) write(line);
    },
    nameOf,
  });
}
