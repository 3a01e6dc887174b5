/** Lets the process end although a connection is open. The client has no word for it, so this knows how it is made. */

import { type NatsConnection, NatsConnectionImpl } from '@nats-io/transport-node';

/** Does nothing if the client is made otherwise one day: the process then ends with the connection. */
export function unrefConnection(connection: NatsConnection): void {
  if (!(connection instanceof NatsConnectionImpl)) return;
  const { heartbeats, transport } = connection.protocol;
  // Its timer keeps the process alive; the link has a heartbeat of its own.
  heartbeats.cancel();
  if (!('socket' in transport)) return;
  const { socket } = transport;
  if (hasUnref(socket)) socket.unref();
}

function hasUnref(value: unknown): value is { unref(): void } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'unref' in value &&
    typeof value.unref === 'function'
  );
}
