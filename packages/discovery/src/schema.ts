/** A peer's info, checked by any Standard Schema: zod, valibot, arktype and others. */

import { MailslotError } from '@mailslot/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';

/** Says whether an info fits, and what it is then. */
export type InfoCheck<Info> = (info: unknown) => StandardSchemaV1.Result<Info>;

/** Without a schema everything fits, and nothing is known of it. */
export const anyInfo: InfoCheck<unknown> = (info) => ({ value: info });

/** The check that a schema makes. */
export function checkBy<Schema extends StandardSchemaV1>(
  schema: Schema,
): InfoCheck<StandardSchemaV1.InferOutput<Schema>> {
  return (info) => {
    const result = schema['~standard'].validate(info);
    if (!(result instanceof Promise)) return result;
    throw new MailslotError(
      'ERROR_INVALID_PARAMETER',
      'The schema validates asynchronously. Peers come and go in order, so use one that answers at once.',
    );
  };
}

/** The error for an info that does not fit. */
export function misfit(whose: string, issues: readonly StandardSchemaV1.Issue[]): MailslotError {
  const first = issues[0];
  const path = first?.path?.map((part) => (typeof part === 'object' ? part.key : part)).join('.');
  const where = path ? ` at ${path}` : '';
  return new MailslotError(
    'ERROR_INVALID_PARAMETER',
    `${whose} info does not fit the schema${where}: ${first?.message ?? 'no reason given'}.`,
  );
}
