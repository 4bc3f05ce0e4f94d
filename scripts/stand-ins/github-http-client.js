// @actions/github loads an HTTP client to find proxies; this action hands it a fetch that knows them (workflow/github.ts).
export class HttpClient {
  getAgent() {}

  getAgentDispatcher() {}
}
