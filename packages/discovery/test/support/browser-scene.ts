/** One browser machine, and a test that plays everybody else. */

import { MSBROWSE, NetbiosName } from '@mailslot/core/netbios/internal';
import { seededRandom } from '@mailslot/core/testing';

import type { BrowserEffect, BrowserInput } from '../../src/browser/effects.ts';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameKind,
  type FrameOf,
} from '../../src/browser/frames/frame.ts';
import { BrowserMachine } from '../../src/browser/machine.ts';
import type { BrowserOptions } from '../../src/browser/options.ts';
import { EXAMPLES } from './frame-examples.ts';

/** What a machine sent: the frame, and to whom. */
export interface Sent {
  readonly to: string;
  readonly frame: Frame;
  readonly address: string | undefined;
}

export class BrowserScene {
  readonly machine: BrowserMachine;
  /** What the machine wanted done since the last look. */
  effects: BrowserEffect[] = [];
  now = 1000;

  constructor(options: BrowserOptions = {}) {
    const random = seededRandom(1);
    this.machine = new BrowserMachine({ computerName: 'ann', domain: 'lab', random, ...options });
  }

  feed(input: BrowserInput): this {
    this.effects.push(...this.machine.step(input, this.now));
    return this;
  }

  /** Starts it, with its names granted and another host as master, or none. */
  start(master?: { readonly name: string; readonly address: string }): this {
    this.feed({ type: 'start' });
    for (const effect of this.effects.slice())
      if (effect.type === 'register') this.grant(effect.name);
    return this.found('LAB<1d>', master);
  }

  /** Starts it and lets it win an election. */
  startMaster(): this {
    this.start().pass(10_000);
    this.grant(NetbiosName.parse('LAB<1d>'));
    this.grant(MSBROWSE);
    return this;
  }

  grant(name: NetbiosName, ok = true): this {
    return this.feed({ type: 'registered', name, ok });
  }

  found(name: string, owner?: { readonly name: string; readonly address: string }): this {
    return this.feed({ type: 'found', name: NetbiosName.parse(name), owner });
  }

  /** A frame comes; what is not said is as in the examples. */
  hear<Kind extends FrameKind>(
    kind: Kind,
    frame: Partial<FrameOf<Kind>> = {},
    { from = 'BOB', address = '10.0.0.2', to = 'LAB<1e>' } = {},
  ): this {
    const whole = { ...EXAMPLES[kind], ...frame } as FrameOf<'become-backup'>;
    return this.feed({
      type: 'frame',
      slot: kind === ('lan-manager-announcement' as string) ? 'LANMAN' : 'BROWSE',
      bytes: encodeFrame(whole),
      from: NetbiosName.of(from, 0),
      to: NetbiosName.parse(to),
      address,
      origin: undefined,
    });
  }

  pass(ms: number): this {
    const until = this.now + ms;
    while (this.machine.nextWakeAt <= until) {
      this.now = Math.max(this.now, this.machine.nextWakeAt);
      this.feed({ type: 'wake' });
    }
    this.now = until;
    return this;
  }

  /** The frames sent since the last look. */
  sent(kind?: FrameKind): Sent[] {
    const sent = this.take('send').map(({ to, slot, bytes, address }) => ({
      to: to.toString(),
      frame: decodeFrame(slot, bytes),
      address,
    }));
    return kind === undefined ? sent : sent.filter(({ frame }) => frame.kind === kind);
  }

  take<Type extends BrowserEffect['type']>(
    type: Type,
  ): Extract<BrowserEffect, { readonly type: Type }>[] {
    const taken = this.effects.filter(
      (effect): effect is Extract<BrowserEffect, { readonly type: Type }> => effect.type === type,
    );
    this.effects = this.effects.filter((effect) => effect.type !== type);
    return taken;
  }

  /** Forgets what the machine wanted so far. */
  forget(): this {
    this.effects = [];
    return this;
  }

  get hosts(): string[] {
    return this.machine.lists.servers().map(({ name }) => name);
  }
}
