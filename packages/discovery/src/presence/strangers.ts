/** The strangers of a roster by their hosts, so that a host that brings many crowds out its own. */

import type { Source } from '@mailslot/core/internal';

import { Chain, type ChainNode } from './chain.ts';
import { type Peer, Probation } from './peer.ts';
import { hostOf, limitsOf } from './source-limits.ts';

/** The strangers of one host, the longest silent first. */
class Crowd extends Chain<Probation> implements ChainNode<Crowd> {
  readonly host: string;
  /** A server has let them speak. */
  readonly brokered: boolean;
  /** Its neighbours among the crowds of its size. */
  earlier: Crowd | undefined = undefined;
  later: Crowd | undefined = undefined;

  constructor(source: Source) {
    super();
    this.host = hostOf(source);
    this.brokered = source.trust === 'brokered';
  }
}

export class Strangers {
  readonly #max: number;
  readonly #crowds = new Map<string, Crowd>();
  /**
   * By size, and among equals the longest silent first. A crowd grows and shrinks by one, and so moves to the list
   * beside its own: the largest is found without a search.
   */
  readonly #bySize: Chain<Crowd>[] = [];
  #largest = 0;
  #size = 0;
  #brokered = 0;

  /** `max`: the most strangers held. */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#size;
  }

  /** Of these, those beyond a server, which says who may speak there. */
  get brokered(): number {
    return this.#brokered;
  }

  /**
   * Who has to go before one more comes from there: where a host has its limit, the longest silent of that host, and if
   * there is no more room at all, that of the host with most. Undefined if there is room.
   */
  victim(source: Source): Peer | undefined {
    const crowd = this.#crowds.get(hostOf(source));
    if (crowd !== undefined && crowd.size >= limitsOf(source).idsMax) return crowd.first!.peer;
    return this.#size < this.#max ? undefined : this.#bySize[this.#largest]!.first!.first!.peer;
  }

  /** Takes in a peer that was heard there; there must be room. */
  add(peer: Peer, source: Source): Probation {
    const host = hostOf(source);
    const stranger = new Probation(peer, host);
    let crowd = this.#crowds.get(host);
    if (crowd === undefined) this.#crowds.set(host, (crowd = new Crowd(source)));
    else this.#bySize[crowd.size]!.remove(crowd);
    crowd.append(stranger);
    this.#rank(crowd);
    this.#largest = Math.max(this.#largest, crowd.size);
    this.#size++;
    if (crowd.brokered) this.#brokered++;
    return stranger;
  }

  /** It was heard again. */
  heard(stranger: Probation): void {
    const crowd = this.#crowds.get(stranger.host!)!;
    crowd.moveToEnd(stranger);
    this.#bySize[crowd.size]!.moveToEnd(crowd);
  }

  remove(stranger: Probation): void {
    const crowd = this.#crowds.get(stranger.host!)!;
    const peers = this.#bySize[crowd.size]!;
    peers.remove(crowd);
    if (peers.size === 0 && crowd.size === this.#largest) this.#largest--;
    crowd.remove(stranger);
    if (crowd.size === 0) this.#crowds.delete(crowd.host);
    else this.#rank(crowd);
    this.#size--;
    if (crowd.brokered) this.#brokered--;
  }

  #rank(crowd: Crowd): void {
    (this.#bySize[crowd.size] ??= new Chain()).append(crowd);
  }
}
