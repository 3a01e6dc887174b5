/** All that the dashboard shows, as its page gets it: one value of JSON. Texts of strangers are printable. */

export interface Picture {
  /** Milliseconds since 1970, as all times here. */
  readonly time: number;
  /** How far back it looks. */
  readonly windowMs: number;
  readonly seenFrom: SeenFrom;
  readonly services: readonly PicturedService[];
  readonly traffic: readonly PicturedTraffic[];
  /** Without the transport netbios there are none to be seen. */
  readonly classic: PicturedClassic | null;
  /** What the program has to say, the newest last. */
  readonly notes: readonly string[];
}

export interface SeenFrom {
  readonly computer: string;
  readonly domain: string;
  readonly interfaces: readonly {
    readonly transport: string;
    readonly name: string;
    readonly address: string;
  }[];
}

export interface PicturedService {
  /** Eight hexadecimal digits: its realm. */
  readonly id: string;
  /** Null if nobody named it: messages tell only the realm. */
  readonly name: string | null;
  /** What its peers say is not open, and cannot be read without its name and secret. */
  readonly locked: boolean;
  readonly isolated: boolean;
  readonly peers: readonly PicturedPeer[];
  /** Peers that are there besides, more than a picture can hold. */
  readonly hidden: number;
  /** How many are heard of whom nothing can be known. */
  readonly strangers: number;
  /** The share of datagrams to all that is lost on the way here. */
  readonly loss: number;
  /** Messages of presence that had no effect, by reason. */
  readonly drops: Readonly<Record<string, number>>;
}

export interface PicturedPeer {
  readonly id: string;
  readonly name: string;
  readonly port: number | null;
  /** As JSON; '' if it has none. */
  readonly info: string;
  readonly state: 'up' | 'suspect' | 'down';
  readonly since: number;
  /** Why it is down. */
  readonly reason: string | null;
  readonly addresses: readonly string[];
  readonly interfaces: readonly string[];
  /** The ways by which it is heard. */
  readonly heardBy: readonly string[];
  /** Ids of the peers that look after it. */
  readonly watchedBy: readonly string[];
  /** The oldest first. */
  readonly spans: readonly { readonly state: 'up' | 'suspect' | 'down'; readonly since: number }[];
}

export interface PicturedTraffic {
  readonly transport: string;
  /** Messages of each second, the newest last. */
  readonly received: readonly number[];
  readonly sent: readonly number[];
  /** Datagrams that went no further, by reason, since the program began. */
  readonly drops: Readonly<Record<string, number>>;
}

export interface PicturedClassic {
  readonly hosts: readonly {
    readonly name: string;
    readonly domain: string;
    readonly version: string;
    readonly comment: string;
  }[];
  /** Why there are none; null if there are. */
  readonly problem: string | null;
}
