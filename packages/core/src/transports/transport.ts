/**
 * The contract every transport keeps. test/contracts/transport-contract.ts is the same in code.
 *
 * A transport carries datagrams, at most once and unconfirmed, and knows nothing of queues, readers or peers.
 * It starts without any network and takes up each interface as it comes.
 */

import type { Clock } from '../clock.ts';
import type { MailslotError } from '../errors.ts';
import type { Datagram } from '../message.ts';
import type { Scope, SlotPath } from '../name.ts';
import type { Random } from '../random.ts';

export interface Transport {
  /** What `message.transport` says: `local`, `udp`, … Unique within a network. */
  readonly name: string;

  /**
   * `computer`: reaches processes of this user on this machine, and a name has one owner among them.
   * `network`: reaches other stations, and any number of them may listen to one name.
   */
  readonly reach: 'computer' | 'network';

  /**
   * True where a server hands each listener a copy of its own: nothing is lost on the way, but what goes to all costs as
   * many messages as there are listeners. Absent where all hear one transmission, if they hear it.
   */
  readonly brokered?: boolean;

  /** Makes ready. Rejects only for what no change of the network can cure. */
  start(host: TransportHost): Promise<void>;

  /**
   * Receives what is written to a slot, until closed. With reach `computer` this claims the name. Rejects, too, if
   * another program holds what receiving needs, such as a port.
   */
  listen(slot: SlotPath, options: ListenOptions): Promise<Listening>;

  /** A way to write to a slot. Only for scope `local` must the slot exist: `ERROR_FILE_NOT_FOUND`. */
  open(scope: Scope, slot: SlotPath): Promise<Channel>;

  /**
   * A way to write to a slot of the one station that a datagram came from. Throws `ERROR_NOT_SUPPORTED` if this
   * transport has no way back, or if the source is another's.
   */
  reply(source: Source, slot: SlotPath): Channel;

  /**
   * Sends one message to the place that a datagram came from, and calls `refused` if the host there answers that nobody
   * has that place: once at the most, never within the call, and not after {@link KNOCK_MS}. Silence says nothing. Never
   * throws: what cannot be sent, or is too large for one datagram, is dropped, and so is what is for a station beyond a
   * bridge, for which nobody could refuse but the bridge.
   *
   * It is received like any message, but from a place made for it, where nobody listens and which is soon gone: do not
   * answer there, nor remember it. Absent where no host gives such answers.
   */
  knock?(source: Source, slot: SlotPath, message: OutgoingMessage, refused: () => void): void;

  /**
   * What one station is to tell another of a third, so that it can write there too: at most {@link PLACE_BYTES_MAX}
   * opaque bytes of where `source` is. Undefined if that would mean nothing to the station at `to`.
   */
  place?(source: Source, to: Source): Uint8Array | undefined;

  /**
   * Where a datagram from a place comes from that the station at `toldBy` tells of. Undefined unless these bytes are a
   * place that the two can share, such as one on their common link: whoever lies draws no messages to other networks.
   * Never throws, whatever the bytes.
   */
  locate?(place: Uint8Array, toldBy: Source): Source | undefined;

  /** What a bridge uses to speak here for stations of other networks; absent where nobody can. */
  readonly relaying?: Relaying;

  /** The most bytes one message to that slot in such a scope may have; `Infinity` if there is no limit. */
  maxMessageSize(scope: Scope, slot: SlotPath): number;

  /** The interfaces in use now; none is a state, not an error. */
  interfaces(): readonly TransportInterface[];

  stats(): TransportStats;

  /** Lets the process end although this transport still listens. May be called before `start`. */
  unref(): void;

  /** Gives everything back. Idempotent. */
  stop(): Promise<void>;
}

/** How long {@link Transport.knock} waits for an answer: many times a round trip on a LAN, of which Wi-Fi may take 200 ms. */
export const KNOCK_MS = 1_000;

/** The most bytes {@link Transport.place} has. */
export const PLACE_BYTES_MAX = 32;

/**
 * How a bridge passes datagrams on: whole, in the name of the station that sent them, and marked as
 * {@link Datagram.relayed}, so that no other bridge takes them further. Nothing here throws: what cannot be sent is
 * counted and dropped.
 */
export interface Relaying {
  /**
   * Sends on what came by another transport: to the place `at` alone, or else to whom its address says. Where places
   * cannot be told by their station, a datagram for one needs `at`.
   */
  relay(datagram: Datagram, at: Source | undefined): void;

  /**
   * From now on receives what is written to a station of another network, too, with an address of kind `station`.
   * Returns the way to end that. Absent where others write to the bridge instead, as on a LAN.
   */
  standFor?(station: string): () => void;
}

export interface ListenOptions {
  /** The slot's own limit in bytes, 0 for none. A transport may use it to refuse early. */
  readonly maxMessageSize: number;
}

export interface Listening {
  close(): Promise<void>;
}

export interface Channel {
  /** The most bytes one message may have. */
  readonly maxMessageSize: number;
  /**
   * Hands one message over. `data` may be changed by the caller after the call has returned. A promise means
   * "wait before the next one": it resolves when there is room again. Rejects with `ERROR_HANDLE_EOF` if the slot
   * of a `local` channel is gone, `ERROR_BAD_NETPATH` if it is known that nobody on this network has the name;
   * otherwise nothing is known and nothing is reported.
   */
  send(message: OutgoingMessage): Promise<void> | undefined;
  close(): void;
}

export interface OutgoingMessage {
  readonly sequence: number;
  readonly data: Uint8Array;
  /** Leave the computer name out: for frames whose payload says who sent them. */
  readonly anonymous: boolean;
}

/**
 * How far away a sender is, nearest first. What a floor above grants to each is its own business.
 * `local`: a process of this user, by a channel that others cannot enter. `loopback`: this machine.
 * `on-link`: an address within the prefix of an own interface. `seed`: an address that the user named.
 * `brokered`: beyond a server that the user named, which says who may speak. `relayed`: brought by a bridge, which anyone near
 * by can claim to be. `routed`: anything else.
 */
export type Trust = 'local' | 'loopback' | 'on-link' | 'seed' | 'brokered' | 'relayed' | 'routed';

/** Where a datagram came from. Opaque: write back to it with {@link Transport.reply}. */
export interface Source {
  readonly transport: string;
  /** Equal ids, equal places. */
  readonly id: string;
  readonly trust: Trust;
  /** The host's address as an application can dial it (IPv6 link-local with its zone); undefined where there is none. */
  readonly address: string | undefined;
  /** What all places of its host have in common on this transport, where that is not the address. */
  readonly host?: string;
  /** The interfaces it can have come in by; several where that is ambiguous. */
  readonly interfaces: readonly string[];
  /** The ways by which it was heard of late, as they are now; absent where a transport has but one. */
  readonly heardBy?: readonly HeardBy[];
}

/** A way to be heard: to everyone by multicast or, where that is filtered, by broadcast; or to one alone. */
export type HeardBy = 'multicast' | 'broadcast' | 'unicast';

export interface TransportInterface {
  readonly name: string;
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6' | 'other';
  /** Used only for want of a better: nobody on another computer is reached by it. */
  readonly fallback?: boolean;
}

/** What the network gives to a transport. */
export interface TransportHost {
  readonly station: Station;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes a decoded datagram. Never throws. Says why if it was not for anyone here; the transport counts it. */
  receive(datagram: Datagram): DropReason | undefined;
  /** Says that `interfaces()` changed. */
  interfacesChanged(): void;
  /** Says that the computer slept, though no clock that measures time may show it: others may have given it up. */
  woke(): void;
  /** Something a person may want to know. Never the content of foreign bytes, never one per datagram. */
  problem(error: MailslotError): void;
}

/** One program's place on the network. */
export interface Station {
  /** Random, new for every life: {@link STATION_ID_BYTES} characters of one byte each. */
  readonly id: string;
  /** Folded. */
  readonly computerName: string;
  /** Folded. */
  readonly domain: string;
}

/** Why a datagram went no further. */
export type DropReason =
  /** Cut short, or not ours at all. */
  | 'malformed'
  /** A major version that this one does not know. */
  | 'version'
  /** For another domain or another computer. */
  | 'elsewhere'
  /** Our own, come back. */
  | 'echo'
  /** A copy of one that was delivered. */
  | 'duplicate'
  /** Nobody here listens to that slot. */
  | 'no-slot'
  /** From an interface that the user left out. */
  | 'interface'
  /** Larger than the slot takes. */
  | 'too-large'
  /** The reader's queue was full. */
  | 'queue-full'
  /** A fragment whose message never became whole, or had no room. */
  | 'incomplete'
  /** The operating system would not send it. */
  | 'unsent';

/** What a transport did since it was made. Counts only grow; sizes are of now. */
export interface TransportStats {
  /** Messages that writers handed over, however many datagrams each took; those dropped as `unsent` may be among them. */
  readonly sentMessages: number;
  /** Bytes of their data, without frames. */
  readonly sentBytes: number;
  /** Messages that arrived whole, copies and those dropped afterwards included. */
  readonly receivedMessages: number;
  /** Bytes of their data, without frames. */
  readonly receivedBytes: number;
  /**
   * Datagrams, or messages, that went no further, by the reason; reasons that never occurred are absent. `malformed` and
   * `version` are those that could not be decoded.
   */
  readonly drops: Readonly<Partial<Record<DropReason, number>>>;
  /** What went over each interface that is or was in use, by its name; empty where there are none, as with `local`. */
  readonly interfaces: Readonly<Record<string, InterfaceStats>>;
  /** Entries that the transport's tables hold now, and bytes where the name ends so: docs/channels.md has the names. */
  readonly sizes: Readonly<Record<string, number>>;
}

/**
 * Datagrams of one interface, each copy counted by itself. Their bytes are those that a datagram carries, frames included,
 * without what IP and UDP add.
 */
export interface InterfaceStats {
  /** Given to the system to send; those it then refused are counted as `unsent` too. */
  readonly sentDatagrams: number;
  readonly sentBytes: number;
  /** Taken from the system, those dropped afterwards included. */
  readonly receivedDatagrams: number;
  readonly receivedBytes: number;
}
