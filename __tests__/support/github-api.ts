import { Reply, type RestResponse, RestStandIn } from './rest-stand-in.ts';

export { Reply as GitHubReply };
export type GitHubAnswer = RestResponse;

/** A stand-in for the part of GitHub's API that the sweep uses. */
export class EmulatedGitHub extends RestStandIn {
  /** GitHub's primary rate limit: so many more requests are served until `reset` (seconds since the epoch). */
  limit = { remaining: Infinity, reset: 0 };

  static async start(responses: Record<string, RestResponse> = {}): Promise<EmulatedGitHub> {
    return await new EmulatedGitHub(responses).listen();
  }

  protected readonly lists = /\/(?:pulls|actions\/runs)$/;

  protected override limited(): Reply | undefined {
    const { remaining, reset } = this.limit;
    if (remaining <= 0) {
      const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) };
      return new Reply(403, headers, { message: 'API rate limit exceeded for installation ID 1.' });
    }
    this.limit = { remaining: remaining - 1, reset };
    return undefined;
  }
}
