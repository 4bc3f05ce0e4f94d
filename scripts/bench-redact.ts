/** Measures what hiding a secret costs for each megabyte of output: `node scripts/bench-redact.ts`. */
import { once } from 'node:events';
import { PassThrough, type Transform } from 'node:stream';
import { maskedForms } from '../src/secrets/masking.ts';
import { createRedaction } from '../src/shell/redaction.ts';

const megabyte = 2 ** 20;
const rounds = 20;
const forms = maskedForms('zyxwvutsrqpnmkjhgfedcba98765432z', 'abcdefghjkmnpqrstuvwxyz23456789a');
const line = 'PASS unit __tests__/unit/example.test.ts (0.123 s), and some more words\n';

/** Returns the median, in milliseconds. */
async function measure(chunk: Buffer, create: () => Transform): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const stream = create().resume();
    const start = performance.now();
    for (let size = 0; size < megabyte; size += chunk.length) stream.write(chunk);
    stream.end();
    await once(stream, 'end');
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[rounds / 2] ?? 0;
}

for (const [name, chunk] of [
  ['chunks of 64 kB', Buffer.alloc(65_536, line)],
  ['single lines', Buffer.from(line)],
] as const) {
  const plain = await measure(chunk, () => new PassThrough());
  const redacted = await measure(chunk, () => createRedaction(forms));
  console.log(`1 MB in ${name}: ${(redacted - plain).toFixed(1)} ms more (${plain.toFixed(1)} ms without)`);
}
