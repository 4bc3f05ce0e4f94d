// @actions/github loads a whole undici for its fetch; this action hands it Node's own (workflow/github.ts).
export const fetch = () => Promise.reject(new Error('@actions/github was handed no fetch'));
