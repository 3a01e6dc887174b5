/** The last seconds of a run, in words. */

import { describeMessage } from '@mailslot/discovery/internal';

import type { ListEffect } from './invariant.ts';
import type { Member } from './member.ts';
import type { Packet } from './packet.ts';
import type { Swarm } from './swarm.ts';

interface Line {
  readonly at: number;
  /** Called if the line is read, which few are. */
  readonly text: () => string;
}

export class Chronicle {
  readonly #keptMs: number;
  #lines: Line[] = [];

  /** `keptMs`: how long a time back from the last line. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  note(at: number, text: () => string): void {
    this.#lines.push({ at, text });
    if (this.#lines[0]!.at >= at - 2 * this.#keptMs) return;
    this.#lines = this.#lines.filter((line) => line.at >= at - this.#keptMs);
  }

  carried(at: number, { bytes, source, to }: Packet, swarm: Swarm): void {
    this.note(at, () => {
      const name = (place: typeof source): string =>
        swarm.members.find((member) => member.source.id === place.id)?.name ?? place.id;
      const message = namesFor(describeMessage(bytes), swarm);
      return `  ${name(source)} to ${to === undefined ? 'all' : name(to)}: ${message}`;
    });
  }

  told(at: number, member: Member, effect: ListEffect, swarm: Swarm): void {
    this.note(at, () => {
      const reason = effect.type === 'down' ? `: ${effect.reason}` : '';
      return `${member.name} says ${effect.type} ${namesFor(effect.peer.id, swarm)}${reason}`;
    });
  }

  /** Each line with its time in seconds. */
  get text(): string {
    const from = (this.#lines.at(-1)?.at ?? 0) - this.#keptMs;
    return this.#lines
      .filter(({ at }) => at >= from)
      .map(({ at, text }) => `${(at / 1000).toFixed(4).padStart(10)} ${text()}`)
      .join('\n');
  }
}

/** Ids replaced by the names of their members. */
function namesFor(text: string, { memberOf }: Swarm): string {
  return text.replaceAll(/[\w-]{21}/g, (id) => memberOf.get(id)?.name ?? id);
}
