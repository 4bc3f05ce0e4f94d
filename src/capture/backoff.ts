/**
 * How long to wait after a number of failures: each wait is twice the one before. With `random`, half of it is random, so
 * that those that failed together don't return together.
 * @param random returns a number from 0 up to, but not including, 1
 */
export function backoffMs(failures: number, limits: Record<'firstMs' | 'maxMs', number>, random = () => 1) {
  const ceiling = Math.min(limits.maxMs, limits.firstMs * 2 ** (failures - 1));
  return ceiling / 2 + (ceiling / 2) * random();
}
