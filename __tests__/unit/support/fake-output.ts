import type { OutputDescriptor } from '../../../src/shell/output.ts';

type Output = typeof import('../../../src/shell/output.ts');

/** Stands in for src/shell/output.ts: what is written to standard output and standard error goes to `write`. */
export function fakeOutput(write: (fd: OutputDescriptor, text: string) => void) {
  return {
    openOutput: (fd: OutputDescriptor) => ({
      write(text: string, done?: () => void) {
        write(fd, text);
        done?.();
      },
    }),
    areSame: () => false,
    leadsTo: () => false,
    isClosedPipe: () => false,
  } satisfies { [N in keyof Output]: unknown };
}
