import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * How a stand-in responds to a path: JSON with status 200, a bare status, a whole response, never, or not with JSON.
 */
export type RestResponse = object | number | Reply | 'never' | 'garbage';

/** A response in full. */
export class Reply {
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
 * A stand-in for the part of a CI system's REST API that the sweep uses. A test sets the response to each path; all else
 * is 404, but its lists are empty.
 */
export abstract class RestStandIn {
  /** Every request so far. */
  readonly requests: { path: string; authorization: string; token: string }[] = [];
  readonly responses: Record<string, RestResponse>;
  /** Responses that come first, whatever the path. */
  readonly replies: Reply[] = [];
  /** Runs before each response. */
  onRequest: (path: string) => void = () => {};
  readonly #prefix: string;
  readonly #server: Server;

  protected constructor(responses: Record<string, RestResponse>, prefix = '') {
    this.responses = responses;
    this.#prefix = prefix;
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  /** For the variable that has the API's URL. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${this.#prefix}`;
  }

  get paths(): string[] {
    return this.requests.map(({ path }) => path).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The paths of lists. */
  protected abstract readonly lists: RegExp;

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').slice(this.#prefix.length);
    const { authorization = '', 'private-token': token = '' } = request.headers;
    this.requests.push({ path, authorization, token: String(token) });
    this.onRequest(path);
    respond(response, this.#first() ?? this.#responseTo(path));
  }

  #first(): Reply | undefined {
    const reply = this.replies.find(({ times }) => times > 0);
    if (reply !== undefined) reply.times -= 1;
    return reply;
  }

  #responseTo(path: string): RestResponse {
    const { pathname } = new URL(path, this.url);
    return this.responses[path] ?? this.responses[pathname] ?? (this.lists.test(pathname) ? [] : 404);
  }
}

function respond(response: ServerResponse, content: RestResponse): void {
  if (content === 'never') return;
  if (content === 'garbage') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"message":"::error::no"');
    return;
  }
  if (typeof content === 'number') {
    respond(response, new Reply(content, {}, { message: '::error::no' }));
    return;
  }
  const { status, headers, body } = content instanceof Reply ? content : new Reply(200, {}, content);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
