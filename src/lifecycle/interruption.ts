/** The step was cancelled before its client was handedOver: from then on nothing is created and nothing handedOver. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super(
      'The step was cancelled before its client was handed over. The post step removes what was created.',
    );
  }
}

/** @throws Interrupted once the signal has fired */
export function refuseIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new Interrupted();
}
