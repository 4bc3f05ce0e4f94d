// @actions/github reads proxies with this HTTP client. src/ci/rest.ts passes it a `fetch` that knows the proxies.
export class HttpClient {
  getAgent() {}

  getAgentDispatcher() {}
}
