/** Channels of `node:diagnostics_channel`, with the type of what is told on each. */

import { channel } from 'node:diagnostics_channel';

/** Ask {@link hasSubscribers} before making a payload: while nobody listens, that is all it costs. */
export interface TraceChannel<Payload> {
  readonly hasSubscribers: boolean;
  /** What a subscriber throws becomes an uncaught exception of its own. */
  publish(payload: Payload): void;
}

/** Every channel by its name. */
export type TraceChannels<Traces> = {
  readonly [Name in keyof Traces]: TraceChannel<Traces[Name]>;
};

/** The channel of that name: the same one wherever it is asked for. */
export function traceChannel<Payload>(name: string): TraceChannel<Payload> {
  return channel(name);
}

/** Whether anybody listens to any of them. */
export function isTraced(
  channels: Readonly<Record<string, { readonly hasSubscribers: boolean }>>,
): boolean {
  return Object.values(channels).some(({ hasSubscribers }) => hasSubscribers);
}
