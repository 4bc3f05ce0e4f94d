// @actions/github takes its default `fetch` from a second undici. src/github/rest-api.ts passes it Node's.
export function fetch() {
  throw new Error('@actions/github got no fetch, and the bundle has no other');
}
