import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * How the stand-in responds to a path: JSON with status 200, a bare status, a whole response, never, with a body that
 * never ends, or not with JSON.
 */
export type GitLabResponse = object | number | GitLabReply | 'never' | 'endless' | 'garbage';

/** A response in full. */
export class GitLabReply {
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

/** How a list says that there's another page. GitLab leaves out some of these headers in some versions and for large lists. */
export type Paging = 'link' | 'header' | 'keyset';

/**
 * A stand-in for the part of GitLab's REST API that the sweep uses. A test sets the response to each path below
 * `/api/v4`; all else is 404. The lists follow from these: they have what is set for the paths below them, newest first,
 * filtered by `state` or `status`.
 */
export class EmulatedGitLab {
  /** Every request so far: path and token. */
  readonly requests: { path: string; token: string }[] = [];
  readonly responses: Record<string, GitLabResponse>;
  /** Responses that come first, whatever the path. */
  readonly replies: GitLabReply[] = [];
  paging: Paging = 'link';
  /** The host in the links to other pages, which isn't always the one that the request came to. */
  linkOrigin: string | undefined;
  /** Runs before each response. */
  onRequest: (path: string) => void = () => {};
  readonly #server: Server;

  private constructor(responses: Record<string, GitLabResponse>) {
    this.responses = responses;
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  static async start(responses: Record<string, GitLabResponse> = {}): Promise<EmulatedGitLab> {
    const gitlab = new EmulatedGitLab(responses);
    await new Promise<void>((resolve) => gitlab.#server.listen(0, '127.0.0.1', resolve));
    return gitlab;
  }

  /** For CI_API_V4_URL. */
  get url(): string {
    return `${this.#origin}/api/v4`;
  }

  get paths(): string[] {
    return this.requests.map(({ path }) => path).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').replace('/api/v4', '');
    this.requests.push({ path, token: String(request.headers['private-token'] ?? '') });
    this.onRequest(path);
    respond(response, this.#first() ?? this.#response(path));
  }

  #first(): GitLabReply | undefined {
    const reply = this.replies.find(({ times }) => times > 0);
    if (reply !== undefined) reply.times -= 1;
    return reply;
  }

  #response(path: string): GitLabResponse {
    const url = new URL(path, this.#origin);
    return this.responses[path] ?? this.responses[url.pathname] ?? this.#list(url) ?? 404;
  }

  #list(url: URL): GitLabReply | undefined {
    const [, kind] = /^\/projects\/\d+\/(merge_requests|pipelines)$/.exec(url.pathname) ?? [];
    if (kind === undefined) return undefined;
    const [key, filter] = kind === 'merge_requests' ? ['iid', 'state'] : ['id', 'status'];
    const query = url.searchParams;
    const wanted = query.get(filter);
    const all = Object.entries(this.responses)
      .filter(([path]) => path.startsWith(`${url.pathname}/`))
      .map(([path, item]) => ({ ...(item as object), [key]: Number(path.split('/').at(-1)) }))
      .filter((item: Record<string, unknown>) => wanted === null || item[filter] === wanted)
      .filter((item: Record<string, unknown>) => Number(item[key]) < Number(query.get('cursor') ?? Infinity))
      .sort((a: Record<string, unknown>, b: Record<string, unknown>) => Number(b[key]) - Number(a[key]));
    const page = Number(query.get('page') ?? 1);
    const size = Number(query.get('per_page') ?? 20);
    const items = all.slice((page - 1) * size, page * size);
    const more = page * size < all.length;
    return new GitLabReply(200, more ? this.#nextPage(url, page, items.at(-1)?.[key]) : {}, items);
  }

  #nextPage(url: URL, page: number, last: unknown): Record<string, string> {
    if (this.paging === 'header') return { 'x-next-page': String(page + 1) };
    const next = new URL(`/api/v4${url.pathname}${url.search}`, this.linkOrigin ?? this.#origin);
    if (this.paging === 'keyset') next.searchParams.set('cursor', String(last));
    else next.searchParams.set('page', String(page + 1));
    return { link: `<${next}>; rel="next", <${url}>; rel="first"` };
  }
}

function respond(response: ServerResponse, content: GitLabResponse): void {
  if (content === 'never') return;
  if (content === 'endless' || content === 'garbage') {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"message":"no"');
    if (content === 'garbage') response.end();
    return;
  }
  if (typeof content === 'number') {
    respond(response, new GitLabReply(content, {}, { message: '::error::no' }));
    return;
  }
  const { status, headers, body } =
    content instanceof GitLabReply ? content : new GitLabReply(200, {}, content);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
