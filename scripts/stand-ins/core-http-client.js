// @actions/core loads an HTTP client, and with it a second undici, for OIDC tokens alone, which this action never asks for.
const refuse = () => {
  throw new Error('this action asks for no OIDC token, so its bundle has no HTTP client for that');
};

export const HttpClient = refuse;
export const BearerCredentialHandler = refuse;
