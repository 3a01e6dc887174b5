/** Sessions over TCP, asked for: the rim around {@link SessionClient}. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { DecodeError } from '../../../bytes.ts';
import { type Clock, systemClock } from '../../../clock.ts';
import { aborted, type CallOptions, MailslotError, throwIfAborted } from '../../../errors.ts';
import type { Dialogue } from './dialogue.ts';
import { SessionClient } from './session-client.ts';
import { systemError } from './session-error.ts';
import { encodeSessionPacket, SESSION_PORT, type SessionRequest } from './session-packet.ts';

/** For the whole of a conversation, which takes some milliseconds on a LAN: people wait for it. */
const TIMEOUT_MS = 5000;

export interface ConverseOptions extends SessionRequest, CallOptions {
  /** An IPv4 address, or a name that has one. */
  readonly host: string;
  /** Default 139. */
  readonly port?: number;
  /** From the connection to the last word. Default 5000. */
  readonly timeoutMs?: number;
  /** Default: the computer's own. */
  readonly clock?: Clock;
}

/**
 * Connects, opens a session, holds one conversation on it and hangs up.
 *
 * Rejects with what the conversation throws; with `ERROR_BAD_NETPATH` if the host cannot be reached, refuses the session
 * or does not speak the protocol, `ERROR_SEM_TIMEOUT` after `timeoutMs`, `ERROR_OPERATION_ABORTED` if `signal` fires.
 */
export async function converse<Result>(
  options: ConverseOptions,
  dialogue: Dialogue<Result>,
): Promise<Result> {
  const { host, port = SESSION_PORT, timeoutMs = TIMEOUT_MS, signal } = options;
  const what = `The session with ${host}:${port}`;
  throwIfAborted(signal, what);
  const socket = connect({ host, port, family: 4 });
  const timer = (options.clock ?? systemClock).schedule(timeoutMs, () =>
    socket.destroy(timedOut(what, timeoutMs)),
  );
  const onAbort = (): void => void socket.destroy(aborted(what, signal?.reason));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await once(socket, 'connect');
    return await talk(socket, new SessionClient(options), dialogue);
  } catch (error) {
    throw explained(what, error);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

type Step<Result> = IteratorResult<Uint8Array | undefined, Result>;

async function talk<Result>(
  socket: Socket,
  session: SessionClient,
  dialogue: Dialogue<Result>,
): Promise<Result> {
  socket.write(session.request());
  const advance = (step: Step<Result>): Step<Result> => {
    const message = step.done ? undefined : step.value;
    if (message !== undefined) socket.write(encodeSessionPacket({ kind: 'message', message }));
    return step;
  };
  let step: Step<Result> | undefined;
  for await (const chunk of socket as AsyncIterable<Uint8Array>) {
    const messages = [...session.receive(chunk)];
    if (!session.open) continue;
    if (step === undefined) step = advance(dialogue.next());
    for (const message of messages) if (!step.done) step = advance(dialogue.next(message));
    if (step.done) return step.value;
  }
  throw new MailslotError('ERROR_BAD_NETPATH', 'The host closed the connection before its answer.');
}

function timedOut(what: string, timeoutMs: number): MailslotError {
  return new MailslotError('ERROR_SEM_TIMEOUT', `${what} did not end within ${timeoutMs} ms.`);
}

function explained(what: string, error: unknown): unknown {
  if (error instanceof MailslotError) return error;
  if (!(error instanceof DecodeError)) return systemError(what, error);
  const message = `${what} failed: the host does not speak the protocol. ${error.message}`;
  return new MailslotError('ERROR_BAD_NETPATH', message, { cause: error });
}
