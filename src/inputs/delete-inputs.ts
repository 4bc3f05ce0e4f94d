import type { Purpose } from '../lifecycle/label.ts';
import { purposeOf } from './create-inputs.ts';
import { captureInputs, type InputReader, type Rule, readInputs, rejectPullRequest } from './read-inputs.ts';

export type Target =
  | { readonly clientId: string }
  /** Without a name: clients of any name. */
  | { readonly purpose: Purpose; readonly name: string | undefined };

/** @throws InputError with every problem */
export function readDeleteInputs(reader: InputReader) {
  const values = readInputs('delete', rules, reader);
  const { client_id, lifetime, name } = values;
  // The rules made sure that there is exactly one target.
  const target: Target =
    lifetime === undefined
      ? { clientId: client_id as string }
      : { purpose: purposeOf({ ...values, lifetime }, reader.run), name };
  return { capture: captureInputs(values), target };
}

const rejectConflicts: Rule<'delete'> = ({ values, isGiven }) => {
  const [byId, byLifetime] = [isGiven('client_id'), isGiven('lifetime')];
  const withoutEffect = (['name', 'pull_request'] as const).filter(isGiven);
  return [
    !byId &&
      !byLifetime &&
      '`client_id` and `lifetime` are empty. If `client_id` comes from an output, check that the step that creates the client ran. To delete all clients of this run or pull request, set `lifetime`.',
    byId &&
      byLifetime &&
      '`client_id` and `lifetime` exclude each other. Remove `lifetime` to delete one client, or `client_id` to delete all clients of this run or pull request.',
    values.client_id !== undefined &&
      values.client_id === values.owner_client_id &&
      '`client_id` is the owner client, which is never deleted. Set it to the client to delete.',
    ...withoutEffect.map(
      (extra) =>
        byId &&
        !byLifetime &&
        `\`${extra}\` has no effect with \`client_id\`. Remove it, or set \`lifetime\` instead of \`client_id\`.`,
    ),
  ];
};

const rules = [rejectPullRequest, rejectConflicts];
