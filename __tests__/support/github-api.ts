import { Reply, type RestResponse, RestStandIn } from './rest-stand-in.ts';

export { Reply as GitHubReply };
export type GitHubAnswer = RestResponse;

/** A stand-in for the part of GitHub's API that the sweep uses. */
export class EmulatedGitHub extends RestStandIn {
  static async start(responses: Record<string, RestResponse> = {}): Promise<EmulatedGitHub> {
    return await new EmulatedGitHub(responses).listen();
  }

  protected readonly lists = /\/(?:pulls|actions\/runs)$/;
}
