import { type ServerResponse, STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { newRequestId } from './identifiers.ts';

/** An HTTP response, before it is written. */
export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  /** Pieces, where the whole would be too long. They can be read once. */
  body: string | Buffer | Iterable<string>;
}

/** How a call is rejected; the API's own text for the code if there is no description. */
export interface Rejection {
  code: number;
  description?: string;
}

/** The names of the error codes, one to one. Those of records and users are left out. */
const ERROR_NAMES: ReadonlyMap<number, string> = new Map([
  [100, 'missing_argument'],
  [200, 'invalid_argument'],
  [201, 'duplicate_argument'],
  [205, 'invalid_auth_method'],
  [221, 'unknown_application'],
  [224, 'application_not_found'],
  [330, 'timestamp_mismatch'],
  [361, 'unique_violation'],
  [363, 'length_violation'],
  [402, 'invalid_client_credentials'],
  [403, 'client_permission_error'],
  [480, 'api_feature_disabled'],
  [500, 'unexpected_error'],
  // Published client code knows this code, and no document names it.
  [504, 'timeout_error'],
  [510, 'api_limit_error'],
]);

/** Texts for errors that no argument causes. Those of 205 and 403 are the API's; the others say what the documents say. */
const DESCRIPTIONS: ReadonlyMap<number, string> = new Map([
  [205, 'no authentication provided, for example client_id and client_secret'],
  [224, 'there is no application on this domain'],
  [402, 'the client id does not exist or the client secret is wrong'],
  [403, 'the provided client does not have authorization for this action'],
  [480, 'this API feature is temporarily disabled for maintenance and will be available again shortly'],
  [500, 'an unexpected error occurred'],
  [504, 'the API call timed out'],
  [510, 'the limit on the total number of simultaneous API calls has been reached'],
]);

/** What a rejected call throws. `argumentName` is the argument that is the cause, if one is. */
export class ApiError extends Error {
  readonly code: number;
  readonly argumentName: string | undefined;

  constructor(code: number, description = DESCRIPTIONS.get(code) ?? '', argumentName?: string) {
    super(description);
    this.code = code;
    this.argumentName = argumentName;
  }
}

/** Code 100, in the API's words. */
export const missingArgument = (name: string): ApiError =>
  new ApiError(100, `missing required argument: ${name}`, name);

/** Code 200, in the API's words. */
export const invalidArgument = (name: string, reason: string): ApiError =>
  new ApiError(200, `${name} was not valid for the following reason: ${reason}`, name);

/** The error of a rejection. Only code 200 names an argument. */
export function rejected({ code, description }: Rejection, argument: string): ApiError {
  return code === 200
    ? invalidArgument(argument, description ?? 'not allowed')
    : new ApiError(code, description);
}

/** Whether the emulator knows the name of this error code, and so can respond with it. */
export const isKnownErrorCode = (code: number): boolean => ERROR_NAMES.has(code);

/** A success: HTTP 200, and `stat: "ok"` after the fields of the result. */
export function okResponse(result: { results?: readonly object[] }): HttpResponse {
  const { results } = result;
  const isLong = results !== undefined && results.length > LIST_PIECE;
  return isLong ? { ...jsonResponse({}), body: listBody(results) } : jsonResponse({ ...result, stat: 'ok' });
}

/** An error, which is HTTP 200 as well, with its fields in the order that the documents show. */
export function errorResponse(error: ApiError, stat: 'error' | 'fail' = 'error'): HttpResponse {
  return jsonResponse({
    ...(error.argumentName === undefined ? {} : { argument_name: error.argumentName }),
    request_id: newRequestId(),
    code: error.code,
    error_description: error.message,
    error: ERROR_NAMES.get(error.code),
    stat,
  });
}

/** The response to an unknown endpoint, in the API's words and without a request id. */
export const unknownEndpointResponse = (): HttpResponse =>
  jsonResponse({
    code: 404,
    error: 'invalid_api_method',
    error_description: 'This API endpoint does not exist',
    stat: 'error',
  });

/** A page as a server in front of the API, or on a wrong host, sends it. */
export function htmlResponse(status: number, headers: Record<string, string> = {}): HttpResponse {
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
  const body = `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  return { status, headers: { 'content-type': 'text/html', ...headers }, body };
}

/** Writes a response. */
export function writeResponse(outgoing: ServerResponse, response: HttpResponse): void {
  outgoing.statusCode = response.status;
  // setHeader and not writeHead: if two names differ only in case, the later one has to win.
  for (const [name, value] of Object.entries(response.headers)) outgoing.setHeader(name, value);
  const { body } = response;
  if (isWhole(body)) {
    outgoing.end(wholeBody(response));
    return;
  }
  // A client that hangs up before the end is no failure of the emulator.
  pipeline(Readable.from(body), outgoing).catch(() => {});
}

/** All bytes of the body as they are sent. */
export function wholeBody({ body }: HttpResponse): Buffer {
  return Buffer.from(isWhole(body) ? body : [...body].join(''));
}

/** How many entries of a list are written at once; a shorter list has a Content-Length. */
const LIST_PIECE = 500;

function* listBody(results: readonly object[]): Generator<string> {
  yield '{"results":[';
  for (let at = 0; at < results.length; at += LIST_PIECE) {
    const piece = JSON.stringify(results.slice(at, at + LIST_PIECE)).slice(1, -1);
    yield at === 0 ? piece : `,${piece}`;
  }
  yield '],"stat":"ok"}';
}

const isWhole = (body: HttpResponse['body']): body is string | Buffer =>
  typeof body === 'string' || Buffer.isBuffer(body);

function jsonResponse(content: object): HttpResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(content),
  };
}
