/** Messages too large for one datagram: cut into fragments here, made whole again there. Nothing is sent twice. */

import { LRUCache } from 'lru-cache';

import type { Clock } from '../../clock.ts';
import type { Fragment, Frame } from './frame.ts';
import { encodeFrame, FRAGMENT_HEADER_BYTES } from './frame.ts';

/** The UDP payload every path carries unfragmented: IPv6 promises 1 280 bytes, tunnels and headers take their share. */
export const DATAGRAM_BYTES_MAX = 1_200;

/** The most one message may have. Without repair, each further fragment makes its loss likelier. */
export const MESSAGE_BYTES_MAX = 65_536;

/** {@link MESSAGE_BYTES_MAX} takes 83 with every name at its longest; this leaves room for smaller fragments. */
export const FRAGMENTS_MAX = 128;

/** A sender takes 8 ms for the largest message; whatever is not whole by then never will be. */
export const REASSEMBLY_MS_MAX = 2_000;

/** What one source may occupy: 11 of the largest messages, far more than a sender has on the way at once. */
export const REASSEMBLY_SOURCE_BYTES_MAX = 1_048_576;

/** What all sources together may occupy. */
export const REASSEMBLY_BYTES_MAX = 8_388_608;

/** What an incomplete message counts beside its data, so that their number is bounded too (to 8 192). */
export const PARTIAL_OVERHEAD_BYTES = 1_024;

/** What a fragment counts beside its data: the objects that hold it. One byte takes no less. */
export const FRAGMENT_OVERHEAD_BYTES = 256;

/** Messages remembered after they were whole, so that late copies of their fragments do not begin them anew. */
const COMPLETED_MAX = 4_096;

/** Encodes one message: in one frame if it fits, else in fragments that are full but for the last. */
export function encodeFrames(
  header: Uint8Array,
  sequence: number,
  data: Uint8Array,
): readonly Uint8Array[] {
  if (header.length + data.length <= DATAGRAM_BYTES_MAX) {
    return [encodeFrame(header, sequence, data)];
  }
  const size = DATAGRAM_BYTES_MAX - header.length - FRAGMENT_HEADER_BYTES;
  const count = Math.ceil(data.length / size);
  return Array.from({ length: count }, (_, index) => {
    const part = data.subarray(index * size, (index + 1) * size);
    return encodeFrame(header, sequence, part, { index, count, total: data.length });
  });
}

/** A message of which some fragments are still missing. */
interface Partial {
  readonly key: string;
  readonly source: SourceShare;
  readonly startedAt: number;
  readonly count: number;
  readonly total: number;
  /** The size of every fragment but the last. */
  readonly size: number;
  /** By index; what is missing is undefined. */
  readonly parts: Uint8Array[];
  missing: number;
  bytes: number;
}

/** What one source occupies, oldest first. */
interface SourceShare {
  readonly id: string;
  readonly partials: Set<Partial>;
  bytes: number;
}

/**
 * Makes fragments into messages. Memory is counted by what arrived, never by what a fragment claims, and where it runs
 * out the oldest message goes: fragments arrive nearly in order, so that it is the least likely to become whole.
 */
export class Reassembly {
  readonly #clock: Clock;
  readonly #gaveUp: () => void;
  /** In the order in which they began, which is that in which they expire. */
  readonly #partials = new Map<string, Partial>();
  readonly #sources = new Map<string, SourceShare>();
  /** Made for the first fragment: a cache takes its room at once, and many programs never see one. */
  #completed: LRUCache<string, true> | undefined;
  #bytes = 0;

  /** `gaveUp` is called once for each message that did not become whole. */
  constructor(clock: Clock, gaveUp: () => void) {
    this.#clock = clock;
    this.#gaveUp = gaveUp;
  }

  /** Messages of which fragments are missing. */
  get size(): number {
    return this.#partials.size;
  }

  /** What all incomplete messages occupy now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes one fragment. The message, if that made it whole; why the fragment was dropped; or undefined to wait for more. */
  add(
    sourceId: string,
    frame: Frame,
    fragment: Fragment,
  ): Uint8Array | 'malformed' | 'duplicate' | undefined {
    this.expire();
    const key = `${sourceId} ${frame.header.station} ${frame.sequence}`;
    if (this.#completed?.has(key)) return 'duplicate';
    const size = fragmentSize(fragment, frame.data.length);
    if (size === undefined) return 'malformed';
    const partial = this.#partials.get(key) ?? this.#begin(key, sourceId, fragment, size);
    const { count, total, parts } = partial;
    if (fragment.count !== count || fragment.total !== total || size !== partial.size) {
      return 'malformed';
    }
    if (parts[fragment.index] !== undefined) return 'duplicate';
    // A copy: the view would hold its whole datagram, of which the data may be the least part.
    parts[fragment.index] = frame.data.slice();
    this.#occupy(partial, frame.data.length + FRAGMENT_OVERHEAD_BYTES);
    if (--partial.missing > 0) return undefined;
    this.#release(partial);
    this.#completed ??= new LRUCache({
      max: COMPLETED_MAX,
      ttl: 2 * REASSEMBLY_MS_MAX,
      ttlResolution: 0,
      perf: this.#clock,
    });
    this.#completed.set(key, true);
    return concatenate(parts, total);
  }

  /** Gives up what has waited too long. */
  expire(): void {
    const oldest = this.#clock.now() - REASSEMBLY_MS_MAX;
    for (const partial of this.#partials.values()) {
      if (partial.startedAt > oldest) return;
      this.#giveUp(partial);
    }
  }

  #begin(key: string, sourceId: string, { count, total }: Fragment, size: number): Partial {
    let source = this.#sources.get(sourceId);
    if (source === undefined) {
      source = { id: sourceId, partials: new Set(), bytes: 0 };
      this.#sources.set(sourceId, source);
    }
    const partial: Partial = {
      key,
      source,
      startedAt: this.#clock.now(),
      count,
      total,
      size,
      parts: Array.from<Uint8Array>({ length: count }),
      missing: count,
      bytes: 0,
    };
    this.#partials.set(key, partial);
    source.partials.add(partial);
    this.#occupy(partial, PARTIAL_OVERHEAD_BYTES);
    return partial;
  }

  #occupy(partial: Partial, bytes: number): void {
    const { source } = partial;
    partial.bytes += bytes;
    source.bytes += bytes;
    this.#bytes += bytes;
    while (source.bytes > REASSEMBLY_SOURCE_BYTES_MAX) this.#giveUpOldest(source.partials, partial);
    while (this.#bytes > REASSEMBLY_BYTES_MAX) this.#giveUpOldest(this.#partials.values(), partial);
  }

  /** One message is far smaller than any limit, so that there is always another one to give up. */
  #giveUpOldest(partials: Iterable<Partial>, keep: Partial): void {
    for (const partial of partials) {
      if (partial !== keep) return this.#giveUp(partial);
    }
  }

  #giveUp(partial: Partial): void {
    this.#release(partial);
    this.#gaveUp();
  }

  #release(partial: Partial): void {
    const { source } = partial;
    this.#partials.delete(partial.key);
    source.partials.delete(partial);
    if (source.partials.size === 0) this.#sources.delete(source.id);
    source.bytes -= partial.bytes;
    this.#bytes -= partial.bytes;
  }
}

function concatenate(parts: readonly Uint8Array[], total: number): Uint8Array {
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The size of every fragment but the last, as this one implies it; undefined if it contradicts itself or the limits. */
function fragmentSize({ index, count, total }: Fragment, bytes: number): number | undefined {
  if (count < 2 || count > FRAGMENTS_MAX || total > MESSAGE_BYTES_MAX) return undefined;
  const isLast = index === count - 1;
  const size = isLast ? (total - bytes) / (count - 1) : bytes;
  const last = isLast ? bytes : total - size * (count - 1);
  return Number.isInteger(size) && last >= 1 && last <= size ? size : undefined;
}
