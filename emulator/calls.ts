import { type Answer, ApiError, errorAnswer, okAnswer, unknownEndpointAnswer } from './answers.ts';
import { authenticate, authorize, type SignatureRules } from './authentication.ts';
import { clientsCalls } from './clients.ts';
import type { ReceivedRequest } from './requests.ts';
import { settingsCalls } from './settings.ts';
import type { ClientStore, StoredClient } from './store.ts';

/** What a call is given to work with. */
export interface CallContext {
  form: Record<string, string>;
  caller: StoredClient;
  remoteAddress: string;
  store: ClientStore;
  /** Milliseconds since the epoch. */
  now: number;
  uniqueDescriptions: boolean;
}

/** One call: takes effect in the store and gives the fields of its answer, or throws an `ApiError`. */
export interface Call {
  methods: string[];
  run: (context: CallContext) => object;
}

export type CallTable = Record<string, Call>;

/** The application that the calls act on, and its rules. */
export interface Application extends SignatureRules {
  store: ClientStore;
  /** Milliseconds since the epoch. */
  now: () => number;
  uniqueDescriptions: boolean;
}

const CALLS: ReadonlyMap<string, Call> = new Map(Object.entries({ ...clientsCalls, ...settingsCalls }));

/** Does what the request asks for, at once and completely or not at all, and gives the answer. Never throws. */
export function perform(request: ReceivedRequest, application: Application): Answer {
  try {
    return performCall(request, application);
  } catch (error) {
    return errorAnswer(error instanceof ApiError ? error : new ApiError(500, `emulator: ${String(error)}`));
  }
}

function performCall(request: ReceivedRequest, application: Application): Answer {
  const call = CALLS.get(request.call);
  // A path is looked up before credentials are: the documented answer carries no request id, so no call was begun.
  // The answer to a wrong method is not documented; it is taken to be the same.
  if (call === undefined || !call.methods.includes(request.method)) return unknownEndpointAnswer();
  const caller = authenticate(request, application.store, application);
  authorize(caller, request.remoteAddress);
  refuseRepeatedArguments(request);
  return okAnswer(
    call.run({
      form: request.form,
      caller,
      remoteAddress: request.remoteAddress,
      store: application.store,
      now: application.now(),
      uniqueDescriptions: application.uniqueDescriptions,
    }),
  );
}

// The code is documented (capture-api.md §4, Table), its meaning not; the name says this much.
function refuseRepeatedArguments(request: ReceivedRequest): void {
  const [name] = request.repeated;
  if (name !== undefined) throw new ApiError(201, `argument given more than once: ${name}`, name);
}
