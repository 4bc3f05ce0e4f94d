import { ProxyError } from './proxy.ts';
import { isTlsCode } from './tls-error.ts';

/** undici's codes for wrong arguments: those are bugs of the caller. */
const bug = /^UND_ERR_(?:INVALID_|NOT_SUPPORTED)/;
/** The system's codes, such as ECONNREFUSED, and undici's. Node's codes for bugs start with ERR_. */
const network = /^(?:E(?!RR_)[A-Z\d_]+|UND_ERR_[A-Z\d_]+|HPE_[A-Z\d_]+)$/;

/**
 * The code of a known network failure. Any other error is undefined: it is a bug, and nobody may report it, or retry
 * after it, as if the network had failed.
 */
export function networkCodeOf(error: unknown): string | undefined {
  if (error instanceof ProxyError) return error.fault;
  const { code, name, errors } = error as { code?: unknown; name?: unknown; errors?: unknown };
  if (typeof code === 'string' && (isTlsCode(code) || (network.test(code) && !bug.test(code)))) return code;
  // undici's parser sets no code, and some of what a server sends fails an assertion in it. Nothing else here asserts.
  if (name === 'HTTPParserError' || code === 'ERR_ASSERTION') return 'INVALID_HTTP';
  // Several addresses of a host failed.
  return Array.isArray(errors) && errors.length > 0 ? networkCodeOf(errors[0]) : undefined;
}
