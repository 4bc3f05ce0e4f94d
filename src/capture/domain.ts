/** The suffixes of the vendor's own Capture domains (capture-api.md §5). Others exist: customers' own host names. */
const vendorSuffixes = ['.janraincapture.com', '.capture.cn.janrain.com'];

/** Is this URL host name (`[::1]` in brackets) the machine itself, as the Actions toolkit judges it? */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Does this host name belong to the vendor's own Capture domains? */
export function isVendorDomain(hostname: string): boolean {
  return vendorSuffixes.some((suffix) => hostname.endsWith(suffix));
}

/**
 * Reads a Capture domain: a host name, or an https URL (http for loopback only) without anything but a host and a port.
 * @returns the origin, path `/`
 * @throws RangeError whose message completes the sentence "NAME …"
 */
export function parseCaptureDomain(text: string): URL {
  const url = toUrl(text);
  if (url === undefined) throw new RangeError('is not a host name or an https URL');
  if (url.username !== '' || url.password !== '') {
    throw new RangeError('holds a user name or password; credentials have inputs of their own');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new RangeError('is not an https URL');
  // `?` and `#` alone leave no trace in a parsed URL.
  if (url.pathname !== '/' || /[?#\\]/.test(text)) {
    throw new RangeError('holds a path, query or fragment; give the host alone');
  }
  if (url.protocol === 'https:') return url;
  if (isLoopback(url.hostname)) return url;
  throw new RangeError('is a plain http URL, over which the owner secret could be read; use https');
}

function toUrl(text: string): URL | undefined {
  if (/\s/.test(text)) return undefined;
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  return url === null || url.hostname === '' ? undefined : url;
}
