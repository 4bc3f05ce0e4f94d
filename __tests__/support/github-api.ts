import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the stand-in responds to a path: JSON with status 200, a bare status, a whole response, never, or not with JSON. */
export type GitHubAnswer = object | number | GitHubReply | 'never' | 'garbage';

/** A response in full. */
export class GitHubReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
  /** How many requests get it before the path's usual response. */
  times: number;

  constructor(status: number, headers: Record<string, string> = {}, body: object = {}, times = Infinity) {
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.times = times;
  }
}

/**
 * A stand-in for the part of GitHub's API that the sweep uses. A test sets the response to each path; all else is 404.
 * The lists of pull requests and of runs follow from these: they have what is set for the paths below them, newest first,
 * filtered by `state` or `status`, in pages with a `Link` header.
 */
export class EmulatedGitHub {
  /** Every request so far: path and token. */
  readonly requests: { path: string; authorization: string }[] = [];
  readonly answers: Record<string, GitHubAnswer>;
  /** Responses that come first, whatever the path. */
  readonly replies: GitHubReply[] = [];
  /** GitHub's primary rate limit: so many more requests are served until `reset` (seconds since the epoch). */
  limit = { remaining: Infinity, reset: 0 };
  /** Runs before each response. */
  onRequest: (path: string) => void = () => {};
  readonly #server: Server;

  private constructor(answers: Record<string, GitHubAnswer>) {
    this.answers = answers;
    this.#server = createServer((request, response) => this.#serve(request, response));
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

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.requests.push({ path, authorization: request.headers.authorization ?? '' });
    this.onRequest(path);
    respond(response, this.#limited() ?? this.#first() ?? this.#answer(path));
  }

  #limited(): GitHubReply | undefined {
    const { remaining, reset } = this.limit;
    if (remaining <= 0) {
      const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) };
      return new GitHubReply(403, headers, { message: 'API rate limit exceeded for installation ID 1.' });
    }
    this.limit = { remaining: remaining - 1, reset };
    return undefined;
  }

  #first(): GitHubReply | undefined {
    const reply = this.replies.find(({ times }) => times > 0);
    if (reply !== undefined) reply.times -= 1;
    return reply;
  }

  #answer(path: string): GitHubAnswer {
    const url = new URL(path, this.url);
    return this.answers[path] ?? this.answers[url.pathname] ?? this.#list(url) ?? 404;
  }

  #list(url: URL): GitHubReply | undefined {
    const [kind] = /\/(?:pulls|actions\/runs)$/.exec(url.pathname) ?? [];
    if (kind === undefined) return undefined;
    const [key, filter] = kind === '/pulls' ? ['number', 'state'] : ['id', 'status'];
    const wanted = url.searchParams.get(filter);
    const all = Object.entries(this.answers)
      .filter(([path]) => path.startsWith(`${url.pathname}/`))
      .map(([path, answer]) => ({ ...(answer as object), [key]: Number(path.split('/').at(-1)) }))
      .filter((item: Record<string, unknown>) => wanted === null || item[filter] === wanted)
      .sort((a: Record<string, unknown>, b: Record<string, unknown>) => Number(b[key]) - Number(a[key]));
    const page = Number(url.searchParams.get('page') ?? 1);
    const size = Number(url.searchParams.get('per_page') ?? 30);
    const items = all.slice((page - 1) * size, page * size);
    const next = new URL(url);
    next.searchParams.set('page', String(page + 1));
    const headers: Record<string, string> =
      page * size < all.length ? { link: `<${next}>; rel="next", <${url}>; rel="last"` } : {};
    const body = kind === '/pulls' ? items : { total_count: all.length, workflow_runs: items };
    return new GitHubReply(200, headers, body);
  }
}

function respond(response: ServerResponse, answer: GitHubAnswer): void {
  if (answer === 'never') return;
  if (answer === 'garbage') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"message":"::error::no"');
    return;
  }
  if (typeof answer === 'number') {
    respond(response, new GitHubReply(answer, {}, { message: '::error::no' }));
    return;
  }
  const { status, headers, body } = answer instanceof GitHubReply ? answer : new GitHubReply(200, {}, answer);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
