import { type ServerResponse, STATUS_CODES } from 'node:http';
import { newRequestId } from './identifiers.ts';

/** An HTTP answer, before it is written. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

/** The names of the error codes, one to one (capture-api.md §4, Table); those of records and users are left out. */
const ERROR_NAMES: ReadonlyMap<number, string> = new Map([
  [100, 'missing_argument'],
  [200, 'invalid_argument'],
  [201, 'duplicate_argument'],
  [205, 'invalid_auth_method'],
  [402, 'invalid_client_credentials'],
  [403, 'client_permission_error'],
  [480, 'api_feature_disabled'],
  [500, 'unexpected_error'],
  // Seen only in client code, which knows the number and not the name (capture-api.md §4, "504 API-level timeout").
  [504, 'timeout_error'],
  [510, 'api_limit_error'],
]);

/** Texts for errors that no argument causes. 402 and 504 have none in the documents; the others paraphrase §4. */
const DESCRIPTIONS: ReadonlyMap<number, string> = new Map([
  [205, 'no authentication provided, for example client_id and client_secret'],
  [402, 'the client id does not exist or the client secret is wrong'],
  [403, 'the provided client does not have authorization for this action'],
  [480, 'this API feature is temporarily disabled for maintenance and will be available again shortly'],
  [500, 'an unexpected error occurred'],
  [504, 'the API call timed out'],
  [510, 'the limit on the total number of simultaneous API calls has been reached'],
]);

/** What a call throws when it is refused; `argumentName` where an argument is the cause. */
export class ApiError extends Error {
  readonly code: number;
  readonly argumentName: string | undefined;

  constructor(code: number, description = DESCRIPTIONS.get(code) ?? '', argumentName?: string) {
    super(description);
    this.code = code;
    this.argumentName = argumentName;
  }
}

/** Code 100 in the words of docs.janrain.com/api/registration/error-codes. */
export const missingArgument = (name: string): ApiError =>
  new ApiError(100, `missing required argument: ${name}`, name);

/** Code 200 in the words of clients-add.txt, Example Error Response. */
export const invalidArgument = (name: string, reason: string): ApiError =>
  new ApiError(200, `${name} was not valid for the following reason: ${reason}`, name);

/** Whether the emulator has a name for this error code, and so can answer with it. */
export const isKnownErrorCode = (code: number): boolean => ERROR_NAMES.has(code);

/** A success: HTTP 200 and `stat: "ok"` after the fields of `result`. */
export const okAnswer = (result: object): Answer => jsonAnswer({ ...result, stat: 'ok' });

/** An error: HTTP 200 too (capture-api.md §4), with the fields and their order as clients-add.txt shows them. */
export function errorAnswer(error: ApiError): Answer {
  return jsonAnswer({
    ...(error.argumentName === undefined ? {} : { argument_name: error.argumentName }),
    request_id: newRequestId(),
    code: error.code,
    error_description: error.message,
    error: ERROR_NAMES.get(error.code),
    stat: 'error',
  });
}

/** The answer to an unknown endpoint, word for word and without a request id (capture-api.md §4, Unknown endpoint). */
export const unknownEndpointAnswer = (): Answer =>
  jsonAnswer({
    code: 404,
    error: 'invalid_api_method',
    error_description: 'This API endpoint does not exist',
    stat: 'error',
  });

/** A page as a server in front of the API sends it when the API does not answer. */
export function htmlAnswer(status: number): Answer {
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
  const body = `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}

/** Writes the whole answer; does nothing if it cannot be written any more. */
export function writeAnswer(response: ServerResponse, answer: Answer): void {
  response.statusCode = answer.status;
  // setHeader and not writeHead: names differ in case only, and the later one is to win.
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.end(answer.body);
}

function jsonAnswer(content: object): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(content),
  };
}
