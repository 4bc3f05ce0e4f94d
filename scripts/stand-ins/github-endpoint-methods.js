// @actions/github adds a method for every path of GitHub's API. src/github/github-api.ts names paths.
export function restEndpointMethods() {
  return {};
}
