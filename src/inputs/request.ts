import type { WorkflowContext } from '../github/context.ts';
import type { ClientRequest } from '../lifecycle/provide.ts';
import type { CreateInputs } from './create-inputs.ts';

/**
 * Makes of inputs and context what the step asks for.
 * @param now milliseconds since the epoch
 */
export function toRequest(inputs: CreateInputs, context: WorkflowContext, now: number): ClientRequest {
  const { description, features, purpose, name, enforcedHours, rotateHours, configuration } = inputs;
  const wholeSeconds = Math.floor(now / 1000);
  return {
    text: { words: description ?? describe(inputs, context), given: description !== undefined },
    features,
    label: {
      origin: context.origin,
      purpose,
      name,
      expiresAt: (wholeSeconds + inputs.expiresInSeconds) * 1000,
    },
    enforcedHours,
    rotateHours,
    configuration,
  };
}

/** `acme/shop pull request 42`, `acme/shop branch main` */
function describe({ purpose }: CreateInputs, { origin, pullRequest, ref }: WorkflowContext): string {
  const number = purpose.lifetime === 'pull_request' ? purpose.pullRequest : pullRequest;
  const place = number === undefined ? ref : `pull request ${number}`;
  return place === undefined ? origin.name : `${origin.name} ${place}`;
}
