import { Reply, type RestResponse, RestStandIn } from './rest-stand-in.ts';

export { Reply as GitLabReply };

/** A stand-in for the part of GitLab's REST API that the sweep uses. Paths are those below `/api/v4`. */
export class EmulatedGitLab extends RestStandIn {
  protected readonly lists = /^\/projects\/\d+\/(?:merge_requests|pipelines)$/;

  static async start(responses: Record<string, RestResponse> = {}): Promise<EmulatedGitLab> {
    return await new EmulatedGitLab(responses, '/api/v4').listen();
  }
}
