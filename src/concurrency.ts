/** Acts on up to `width` items at once, and begins them in order. Returns the results in the same order. */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  width: number,
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}
