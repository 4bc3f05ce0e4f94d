import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the emulated GitHub answers a path: JSON with status 200, a bare status, or never. */
export type GitHubAnswer = object | number | 'never' | 'garbage';

/** The few calls of GitHub's API that the sweep makes, answered as a test says; all else is 404. */
export class EmulatedGitHub {
  /** Every request so far: path and token. */
  readonly requests: { path: string; authorization: string }[] = [];
  readonly answers: Record<string, GitHubAnswer>;
  readonly #server: Server;

  private constructor(answers: Record<string, GitHubAnswer>) {
    this.answers = answers;
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      this.requests.push({ path, authorization: request.headers.authorization ?? '' });
      answer(response, this.answers[path] ?? 404);
    });
  }

  static async start(answers: Record<string, GitHubAnswer> = {}): Promise<EmulatedGitHub> {
    const github = new EmulatedGitHub(answers);
    await new Promise<void>((resolve) => github.#server.listen(0, '127.0.0.1', resolve));
    return github;
  }

  /** For GITHUB_API_URL. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get paths(): string[] {
    return this.requests.map(({ path }) => path).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function answer(response: ServerResponse, given: GitHubAnswer): void {
  if (given === 'never') return;
  const status = typeof given === 'number' ? given : 200;
  const body = typeof given === 'object' ? JSON.stringify(given) : '{"message":"::error::no"';
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}
