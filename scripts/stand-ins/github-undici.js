// @actions/github takes its default `fetch` from a second undici. src/ci/rest.ts passes it Node's.
export function fetch() {
  throw new Error('@actions/github got no fetch, and the bundle has no other');
}
