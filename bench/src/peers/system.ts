/** What a system of discovery has to offer to be measured. */

/** Who a peer is. */
export interface Identity {
  /** Unique on its LAN. */
  readonly name: string;
  /** The IPv4 address of its host, of which it is the only peer. */
  readonly address: string;
}

/** How a peer tells what it sees of others. */
export interface Sight {
  up(name: string, info?: Info): void;
  update(name: string, info: Info): void;
  down(name: string): void;
}

/** What a peer says of itself, and can change. Some systems carry nothing but text. */
export interface Info {
  readonly revision: string;
}

export interface Membership {
  /** Absent if the system cannot do that. */
  update?(info: Info): void | Promise<void>;
  /** Goes, as gracefully as the system can. */
  close(): void | Promise<void>;
}

/** Used as its documentation says, with its own defaults. Its modules are loaded before the clock starts. */
export interface System {
  /** What runs on a host before applications do, such as a daemon. Not measured. */
  prepare?(identity: Identity): Promise<void>;
  join(identity: Identity, info: Info, sight: Sight): Promise<Membership>;
}

/** What all peers advertise: a service, and a port of it. */
export const SERVICE = 'mailslotbench';
export const SERVICE_PORT = 4711;
