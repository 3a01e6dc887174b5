/** The connection to the servers: made, kept up by the client's own reconnecting, and made anew when that has given up. */

import { MessageChannel, type MessagePort } from 'node:worker_threads';

import {
  connect,
  errors,
  type NatsConnection,
  type PermissionViolationError,
  type Status,
} from '@nats-io/transport-node';

import type { Timer } from '../../clock.ts';
import { MailslotError } from '../../errors.ts';
import type { TransportHost } from '../transport.ts';
import type { NatsSettings } from './options.ts';
import { unrefConnection } from './unref.ts';

/** How long the start waits for a server before it goes on without: several round trips around the world. */
const FIRST_ATTEMPT_MS = 2_000;

/** How long one server may take to greet us, TLS included. */
const GREETING_MS_MAX = 5_000;

/**
 * The pause before the same server is tried again: a random part of this, and at least a fifth, so that thousands whose
 * server has restarted do not come in one moment. Other servers of a cluster are tried at once.
 */
const RECONNECT_MS_MAX = 1_250;

/** The pause doubles up to this while no server at all has ever answered. */
const RETRY_MS_MAX = 15_000;

/** The pause after the credentials were refused: somebody may be about to put it right, and no server is to be pestered. */
const DENIED_RETRY_MS = 30_000;

/** How often the server is asked whether it is there; one that has not answered until the next time is left. */
const HEARTBEAT_MS = 5_000;

/** Woken this much too late, we were busy or suspended ourselves: the answer may lie in the socket. */
const LATENESS_MS_MAX = 250;

/** How long a stop waits for the server to have all that was sent. */
const FAREWELL_MS_MAX = 1_000;

/** What a link tells the transport that has it. */
export interface LinkEvents {
  /** A connection is up, new or again: subscriptions that it lacks can be made. */
  up(connection: NatsConnection): void;
  down(): void;
  /** The server did not let us publish or subscribe to a subject. */
  refused(error: PermissionViolationError): void;
}

export class Link {
  readonly #settings: NatsSettings;
  readonly #host: TransportHost;
  readonly #events: LinkEvents;
  #connection: NatsConnection | undefined;
  #isUp = false;
  #isStopped = false;
  #isUnreferenced = false;
  /** What was told last, while it lasts: one outage is one problem. */
  #told: string | undefined;
  #retryMs = RECONNECT_MS_MAX;
  #timer: Timer | undefined;
  #heartbeat: Timer | undefined;
  /** Keeps the process alive where no socket does: while a server is away, nothing else is there to wait for it. */
  readonly #anchor: MessagePort = new MessageChannel().port1;

  constructor(settings: NatsSettings, host: TransportHost, events: LinkEvents) {
    this.#settings = settings;
    this.#host = host;
    this.#events = events;
  }

  /** The connection, while it is up. */
  get connection(): NatsConnection | undefined {
    return this.#isUp ? this.#connection : undefined;
  }

  /**
   * Resolves when a server is there, or none will be for now. Rejects with `ERROR_ACCESS_DENIED` if the credentials are
   * refused.
   */
  async start(): Promise<void> {
    if (!this.#isUnreferenced) this.#anchor.ref();
    const attempt = this.#attempt();
    const outcome = await Promise.race([attempt, this.#pause(FIRST_ATTEMPT_MS)]);
    if (outcome === undefined) this.#tell(new Error('no answer yet'));
    if (outcome instanceof Error && isDenied(outcome)) {
      this.#anchor.close();
      throw this.#problemOf(outcome);
    }
    void this.#keep(attempt);
  }

  unref(): void {
    this.#isUnreferenced = true;
    this.#anchor.unref();
    if (this.#connection !== undefined) unrefConnection(this.#connection);
  }

  /** Once the server has all that was sent, unless that takes too long. */
  async stop(): Promise<void> {
    const { connection } = this;
    this.#isStopped = true;
    this.#anchor.close();
    this.#timer?.cancel();
    this.#heartbeat?.cancel();
    if (connection !== undefined) {
      await Promise.race([connection.flush().catch(() => {}), this.#pause(FAREWELL_MS_MAX)]);
    }
    this.#isUp = false;
    await this.#connection?.close();
  }

  /** Tries again as long as it takes, each time that there is no connection any more. */
  async #keep(first: Promise<NatsConnection | Error>): Promise<void> {
    for (let attempt = first; ; attempt = this.#attempt()) {
      const made = await attempt;
      if (this.#isStopped) return;
      const failure = made instanceof Error ? made : await this.#serve(made);
      if (this.#isStopped) return;
      if (failure !== undefined) this.#tell(failure);
      await this.#beforeRetry(failure);
    }
  }

  /** Every server once. Never rejects. */
  async #attempt(): Promise<NatsConnection | Error> {
    const { servers, authenticator, tls } = this.#settings;
    const { station, random } = this.#host;
    try {
      const connection = await connect({
        servers: [...servers],
        name: `mailslot ${station.computerName}`,
        // Our own messages come to us without the network.
        noEcho: true,
        maxReconnectAttempts: -1,
        reconnectDelayHandler: () => RECONNECT_MS_MAX * (0.2 + 0.8 * random.next()),
        timeout: GREETING_MS_MAX,
        ...(authenticator && { authenticator }),
        ...(tls && { tls }),
      });
      if (this.#isStopped) await connection.close();
      else this.#adopt(connection);
      return connection;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #adopt(connection: NatsConnection): void {
    this.#connection = connection;
    this.#wentUp(connection);
    this.#beat(connection);
  }

  /** Follows a connection until the client gives it up; it says why. */
  async #serve(connection: NatsConnection): Promise<Error | undefined> {
    for await (const status of connection.status()) this.#follow(status, connection);
    const why = await connection.closed();
    this.#heartbeat?.cancel();
    this.#wentDown();
    return why instanceof Error ? why : undefined;
  }

  #follow(status: Status, connection: NatsConnection): void {
    if (this.#isStopped) return;
    if (status.type === 'disconnect') this.#wentDown();
    else if (status.type === 'reconnect') this.#wentUp(connection);
    else if (status.type === 'error' && isRefusal(status.error)) this.#events.refused(status.error);
  }

  #wentUp(connection: NatsConnection): void {
    this.#isUp = true;
    this.#told = undefined;
    this.#retryMs = RECONNECT_MS_MAX;
    if (this.#isUnreferenced) unrefConnection(connection);
    this.#events.up(connection);
  }

  #wentDown(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#tell(new Error('the connection is lost'));
    this.#events.down();
  }

  /** The client asks, too, but every two minutes, with a timer that keeps the process alive. */
  #beat(connection: NatsConnection): void {
    const { clock } = this.#host;
    let answered = true;
    let dueAt: number;
    const wait = (): void => {
      dueAt = clock.now() + HEARTBEAT_MS;
      this.#heartbeat = clock.schedule(HEARTBEAT_MS, ask);
    };
    const ask = (): void => {
      const late = clock.now() - dueAt > LATENESS_MS_MAX;
      if (this.#isUp && !answered && !late) void connection.reconnect();
      answered = false;
      const answer = (): boolean => (answered = true);
      if (this.#isUp) void connection.flush().then(answer, answer);
      wait();
    };
    wait();
  }

  #beforeRetry(failure: Error | undefined): Promise<undefined> {
    if (isDenied(failure)) return this.#pause(DENIED_RETRY_MS);
    const waitMs = this.#retryMs * (0.5 + 0.5 * this.#host.random.next());
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
    return this.#pause(waitMs);
  }

  #pause(ms: number): Promise<undefined> {
    return new Promise((resolve) => {
      this.#timer = this.#host.clock.schedule(ms, () => resolve(undefined));
    });
  }

  #tell(cause: Error): void {
    const problem = this.#problemOf(cause);
    if (this.#isStopped || this.#told === problem.message) return;
    this.#told = problem.message;
    this.#host.problem(problem);
  }

  #problemOf(cause: Error): MailslotError {
    const { where } = this.#settings;
    return isDenied(cause)
      ? new MailslotError(
          'ERROR_ACCESS_DENIED',
          `The NATS server at ${where} does not accept these credentials. Give nats({ credentials }) others.`,
          { cause },
        )
      : new MailslotError(
          'ERROR_BAD_NETPATH',
          `No NATS server at ${where}: ${cause.message}. It is used as soon as it is there.`,
          { cause },
        );
  }
}

function isDenied(failure: Error | undefined): boolean {
  return (
    failure instanceof errors.AuthorizationError ||
    failure instanceof errors.UserAuthenticationExpiredError
  );
}

function isRefusal(error: Error): error is PermissionViolationError {
  return error instanceof errors.PermissionViolationError;
}
