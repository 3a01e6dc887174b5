/** Servers of lists and one puller, on an agenda that is all the time there is: bodies of messages cross a lossy link. */

import type { Random } from '@mailslot/core';
import { Agenda, type Source } from '@mailslot/core/internal';
import { seededRandom } from '@mailslot/core/testing';

import { sameDigest } from '../../src/presence/digest.ts';
import { Listing } from '../../src/presence/listing.ts';
import { DATAGRAM_BYTES_MAX, HEADER_BYTES } from '../../src/presence/message.ts';
import { decodePage, type PageEntry } from '../../src/presence/page.ts';
import { PageServer } from '../../src/presence/page-server.ts';
import { drawPeerId, type PeerKey, peerKeyOf } from '../../src/presence/peer-id.ts';
import { type Exhaustion, Puller, type Wanted } from '../../src/presence/puller.ts';
import type { Task } from '../../src/presence/task-table.ts';
import { sourceAt } from './sources.ts';

export interface LinkFaults {
  /** The share of messages that is lost, each way. */
  readonly loss: number;
  readonly duplication: number;
  readonly latencyMs: number;
  /** Up to this much is added: more than the gap between two pages reorders them. */
  readonly jitterMs: number;
}

/** In an open realm, with a frame of 24 bytes around the message. */
export const BODY_BYTES_MAX: number = DATAGRAM_BYTES_MAX - HEADER_BYTES - 24;

export function drawKeys(count: number, random: Random): PeerKey[] {
  return Array.from({ length: count }, () => peerKeyOf(drawPeerId(random)));
}

/** An entry whose record has 60 bytes. */
export function entryOf(key: PeerKey, revision: number): PageEntry {
  return {
    key,
    sequence: 7,
    revision,
    intervalCode: 64,
    flags: 0,
    ageMs: 100,
    place: undefined,
    record: { name: 'n'.repeat(16), endpoints: [{ port: 1 }], info: 'i'.repeat(33) },
    signed: undefined,
  };
}

/** A list as both ends have one. */
class Lister {
  readonly listing = new Listing();
  /** By key, the revision. */
  readonly peers = new Map<PeerKey, number>();

  set(key: PeerKey, revision = 0): void {
    this.peers.set(key, revision);
    this.listing.set(key, revision);
  }

  delete(key: PeerKey): void {
    this.peers.delete(key);
    this.listing.delete(key);
  }
}

export class Server extends Lister {
  readonly source: Source;
  readonly machine: PageServer;
  alive = true;

  constructor(link: Link, place: string) {
    super();
    this.source = sourceAt(place);
    this.machine = new PageServer({
      listing: this.listing,
      entry: (key) => {
        const revision = this.peers.get(key);
        return revision === undefined ? undefined : entryOf(key, revision);
      },
      bodyBytesMax: BODY_BYTES_MAX,
      agenda: link.agenda,
      random: link.random,
      send: (to, body, now) => link.toClient(this, to, body, now),
    });
  }
}

export class Client extends Lister {
  readonly source: Source;
  readonly puller: Puller;
  /** What came of it, and when. */
  readonly outcomes: { readonly what: 'done' | Exhaustion; readonly at: number }[] = [];
  /** Was its list the server's when it was done? */
  complete = false;
  /** Whom to turn to when a server is exhausted. */
  others: Server[] = [];

  constructor(link: Link, place: string, wanted: Wanted) {
    super();
    this.source = sourceAt(place);
    this.puller = new Puller({
      fingerprints: () => this.listing.fingerprints,
      bodyBytesMax: BODY_BYTES_MAX,
      agenda: link.agenda,
      send: (to, body, now) => link.toServer(this, to, body, now),
      adopt: (entries) => entries.forEach(({ key, revision }) => this.set(key, revision)),
      done: (digest, _, at) => {
        this.outcomes.push({ what: 'done', at });
        this.complete = sameDigest(digest, this.listing.digest);
      },
      exhausted: (what, _, at) => {
        this.outcomes.push({ what, at });
        const next = this.others.shift();
        if (next !== undefined) this.puller.resume(next.source, wanted, at);
      },
    });
  }

  get doneAt(): number | undefined {
    return this.outcomes.find(({ what }) => what === 'done')?.at;
  }
}

export class Link {
  readonly agenda = new Agenda<Task>();
  readonly random: Random;
  readonly servers: Server[] = [];
  readonly clients: Client[] = [];
  faults: LinkFaults;
  now = 1;
  pulls = 0;
  pages = 0;
  /** Pages that did not tell of a range. */
  busy = 0;
  entries = 0;

  constructor(seed: number, faults: Partial<LinkFaults> = {}) {
    this.random = seededRandom(seed);
    this.faults = { loss: 0, duplication: 0, latencyMs: 0.2, jitterMs: 0, ...faults };
  }

  server(place: string, keys: Iterable<PeerKey>): Server {
    const server = new Server(this, place);
    for (const key of keys) server.set(key);
    this.servers.push(server);
    return server;
  }

  client(place: string, wanted: Wanted = 'everything'): Client {
    const client = new Client(this, place, wanted);
    this.clients.push(client);
    return client;
  }

  toServer({ source }: Client, to: Source, body: Uint8Array, now: number): void {
    this.pulls++;
    this.#carry(now, (now) => {
      const server = this.servers.find((server) => server.source.id === to.id);
      if (server?.alive === true) server.machine.answer(body, source, now);
    });
  }

  toClient(server: Server, to: Source, body: Uint8Array, now: number): void {
    if (!server.alive) return;
    const page = decodePage(body);
    if (page.range === undefined) this.busy++;
    else {
      this.pages++;
      this.entries += page.entries.length;
    }
    this.#carry(now, (now) => {
      const client = this.clients.find((client) => client.source.id === to.id);
      client?.puller.receive(body, server.source, now);
    });
  }

  /** Runs everything that is due in a time. */
  run(durationMs: number): void {
    const until = this.now + durationMs;
    for (let due = this.agenda.takeDue(until); due; due = this.agenda.takeDue(until)) {
      this.now = due.at;
      due.item(due.at);
    }
    this.now = until;
  }

  /** Does something after a while. */
  after(delayMs: number, task: Task): void {
    this.agenda.add(this.now + delayMs, task);
  }

  #carry(now: number, deliver: Task): void {
    const { loss, duplication, latencyMs, jitterMs } = this.faults;
    if (this.random.next() < loss) return;
    const copies = this.random.next() < duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.agenda.add(now + latencyMs + jitterMs * this.random.next(), deliver);
    }
  }
}
