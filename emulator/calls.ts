import { authenticate, authorize } from './authentication.ts';
import type { Call } from './call.ts';
import { clientsCalls } from './clients.ts';
import type { Rules } from './options.ts';
import type { ReceivedRequest } from './requests.ts';
import {
  ApiError,
  errorResponse,
  type HttpResponse,
  htmlResponse,
  okResponse,
  unknownEndpointResponse,
} from './responses.ts';
import { settingsCalls } from './settings.ts';
import type { ClientStore } from './store.ts';

/** The application that the calls act on. */
export interface Application {
  store: ClientStore;
  rules: Rules;
  /** Milliseconds since the epoch. */
  now: () => number;
}

const CALLS: ReadonlyMap<string, Call> = new Map(Object.entries({ ...clientsCalls, ...settingsCalls }));

/** Performs a call, at once and completely or not at all, and returns the response. Never throws. */
export function perform(request: ReceivedRequest, application: Application): HttpResponse {
  try {
    return performCall(request, application);
  } catch (error) {
    const rejection = error instanceof ApiError ? error : new ApiError(500, `emulator: ${String(error)}`);
    return errorResponse(
      rejection,
      rejection.code === 402 ? application.rules.wrongCredentialsStat : 'error',
    );
  }
}

function performCall(request: ReceivedRequest, { store, rules, now }: Application): HttpResponse {
  const call = CALLS.get(request.call);
  // Before the credentials are checked: the documented response has no request id, so no call was begun.
  if (call === undefined) return unknownEndpointResponse();
  const methods = methodsOf(call, rules);
  if (!methods.includes(request.method)) return wrongMethodResponse(methods, rules);
  const caller = authenticate(request, store, rules);
  authorize(caller, request.remoteAddress);
  rejectRepeatedArguments(request);
  const { form, remoteAddress } = request;
  return okResponse(call.run({ form, caller, remoteAddress, store, rules, now: now() }));
}

// The documents have GET for the calls that read; published clients send POST.
function methodsOf(call: Call, { readMethods }: Rules): string[] {
  if (!call.reads) return ['POST'];
  return readMethods === 'both' ? ['GET', 'POST'] : [readMethods];
}

function wrongMethodResponse(methods: string[], { wrongMethod }: Rules): HttpResponse {
  return wrongMethod === 'code-404'
    ? unknownEndpointResponse()
    : htmlResponse(405, { allow: methods.join(', ') });
}

// The documents name the code and don't explain it.
function rejectRepeatedArguments(request: ReceivedRequest): void {
  const [name] = request.repeated;
  if (name !== undefined) throw new ApiError(201, `argument given more than once: ${name}`, name);
}
