const vendorSuffixes = ['.janraincapture.com', '.capture.cn.janrain.com'];

/** Whether this host name of a URL (`[::1]` in brackets) is this machine, by the rules of the Actions toolkit. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

export function isVendorDomain(hostname: string): boolean {
  return vendorSuffixes.some((suffix) => hostname.endsWith(suffix));
}

/**
 * Reads a Capture domain: a host name, or an https URL (http for loopback only) of a host and a port.
 * @throws RangeError. Its message is the problem and the fix, in whole sentences.
 */
export function parseCaptureDomain(text: string): URL {
  const url = /\s/.test(text) ? null : URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url === null || url.hostname === '') {
    throw new RangeError(
      "the value isn't a host name or https URL. Use, for example, example.janraincapture.com.",
    );
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new RangeError("the value isn't an https URL, so it would expose the owner secret. Use https.");
  }
  // A parsed URL doesn't show an empty query or fragment.
  if (url.username + url.password !== '' || url.pathname !== '/' || /[?#\\]/.test(text)) {
    throw new RangeError('the URL has a user name, password, path, query, or fragment. Use only the host.');
  }
  return url;
}
