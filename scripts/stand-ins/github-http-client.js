// @actions/github reads proxies with this HTTP client. src/github/rest-api.ts passes it a `fetch` that knows the proxies.
export class HttpClient {
  getAgent() {}

  getAgentDispatcher() {}
}
