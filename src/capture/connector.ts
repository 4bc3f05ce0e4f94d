import type { buildConnector } from 'undici';
import symbols from 'undici/lib/core/symbols.js';

/**
 * How long one address of a host may take to connect before the next one is tried. Node's default of 250 ms is less
 * than a round trip across the world.
 */
export const addressTimeoutMs = 2_500;

interface Parser {
  onHeadersComplete(status: number, ...rest: readonly unknown[]): number;
}

/**
 * Makes the connector's connections ignore an unsolicited `100 Continue`, as RFC 9110 requires: edge
 * servers can send it (docs/development/capture-api.md, "Requests and responses"). undici's parser drops the
 * connection at it, and ignores every other interim status.
 */
export function ignoringContinue(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...result: Parameters<buildConnector.Callback>) => {
      callback(...result);
      const parser = (result[1] as Partial<Record<symbol, Parser>> | null)?.[symbols.kParser];
      if (parser === undefined || parser === null) return;
      const { onHeadersComplete } = parser;
      parser.onHeadersComplete = (status, ...rest) =>
        onHeadersComplete.call(parser, status === 100 ? 102 : status, ...rest);
    });
}
