const vendorSuffixes = ['.janraincapture.com', '.capture.cn.janrain.com'];

/** Whether this host name of a URL (`[::1]` in brackets) is this machine, by the rules of the Actions toolkit. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

export function isVendorDomain(hostname: string): boolean {
  return vendorSuffixes.some((suffix) => hostname.endsWith(suffix));
}

/**
 * Reads a Capture domain: a host name, or an https URL (http for loopback only) without anything but a host and a port.
 * @returns the origin, path `/`
 * @throws RangeError. Its message is the problem and the fix, in whole sentences.
 */
export function parseCaptureDomain(text: string): URL {
  const url = toUrl(text);
  if (url === undefined)
    throw new RangeError(
      "the value isn't a host name or https URL. Use, for example, example.janraincapture.com.",
    );
  if (url.username !== '' || url.password !== '') {
    throw new RangeError(
      'the URL has a user name or password. Remove it; credentials have inputs of their own.',
    );
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new RangeError("the value isn't an https URL. Use https.");
  // A parsed URL doesn't show an empty query or fragment.
  if (url.pathname !== '/' || /[?#\\]/.test(text)) {
    throw new RangeError('the URL has a path, query, or fragment. Use only the host.');
  }
  if (url.protocol === 'https:') return url;
  if (isLoopback(url.hostname)) return url;
  throw new RangeError('plain http would expose the owner secret. Use https.');
}

function toUrl(text: string): URL | undefined {
  if (/\s/.test(text)) return undefined;
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  return url === null || url.hostname === '' ? undefined : url;
}
