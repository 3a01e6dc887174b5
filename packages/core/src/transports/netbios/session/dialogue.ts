/**
 * A conversation in which we ask: it yields a message to be sent, or undefined to wait for more of the answer, and is
 * resumed with the next message that came. Whoever drives it has the connection, and the patience.
 */
export type Dialogue<Result> = Generator<Uint8Array | undefined, Result, Uint8Array>;
