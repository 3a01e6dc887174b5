/** A computer to be examined, with everything faked: time, sockets, what the system says, and whoever else is there. */

import assert from 'node:assert/strict';

import { VirtualClock } from '@mailslot/core/testing';

import type { Environment } from '../../src/diagnosis/computer-findings.ts';
import type { DiagnoseOptions } from '../../src/diagnosis/diagnose.ts';
import { Examination } from '../../src/diagnosis/examination.ts';
import type { Check, Finding } from '../../src/diagnosis/finding.ts';
import type { Link } from '../../src/diagnosis/interface-findings.ts';
import type { DiagnosisSystem } from '../../src/diagnosis/system.ts';
import { decodeEcho, type EchoMessage, encodeEcho } from '../../src/echo/echo-message.ts';
import { domainTag } from '../../src/name.ts';
import { seededRandom } from '../../src/random.ts';
import { encodeFrame, encodeHeader } from '../../src/transports/udp/frame.ts';
import type { InterfaceTable } from '../../src/transports/udp/interfaces.ts';
import { type FakeSocket, FakeSystem, type Sent } from './fake-sockets.ts';
import { address, loopback } from './interface-tables.ts';

/** One wired computer of both families. */
export const DESKTOP: InterfaceTable = {
  ...loopback,
  eth0: [address('10.0.0.1/24'), address('fe80::1/64')],
};

const STEP_MS = 10;

export class Patient {
  readonly clock = new VirtualClock();
  readonly sockets: FakeSystem;
  platform: NodeJS.Platform = 'linux';
  environment: Environment = { release: '6.1.0', container: false };
  links: readonly Link[] = [];
  /** Why the interfaces cannot be listed. */
  listing: string | undefined;
  /** Why each of the classic ports cannot be had. */
  classic: string | undefined;
  /** The address that is written from, or why there is none. */
  towards: { readonly address: string } | { readonly code: string } = { address: '10.0.0.1' };
  local: Error | undefined;
  /** Whether what is sent to everyone is heard here. */
  comesBack: (sent: Sent) => boolean = () => true;
  /** Called for each question that leaves. */
  asked: (question: EchoMessage, sent: Sent) => void = () => {};
  readonly findings: Finding[] = [];

  constructor(table: InterfaceTable = DESKTOP) {
    this.sockets = new FakeSystem(table);
  }

  get system(): DiagnosisSystem {
    return {
      clock: this.clock,
      random: seededRandom(1),
      platform: this.platform,
      createSocket: this.sockets.createSocket,
      networkInterfaces: () => {
        if (this.listing !== undefined) throw refused(this.listing);
        return this.sockets.networkInterfaces();
      },
      environment: () => this.environment,
      links: () => this.links,
      tryPort: async () => {
        if (this.classic !== undefined) throw refused(this.classic);
      },
      addressTowards: async () => {
        if ('code' in this.towards) throw refused(this.towards.code);
        return this.towards.address;
      },
      tryLocal: async () => {
        if (this.local !== undefined) throw this.local;
      },
    };
  }

  /** Examines it to the end. */
  async examine(options: DiagnoseOptions = {}): Promise<readonly Finding[]> {
    const state = { ended: false };
    const whole = this.#collect(options).finally(() => (state.ended = true));
    // It is awaited below; until then nobody else handles it.
    whole.catch(() => {});
    while (!state.ended) {
      await new Promise(setImmediate);
      for (const sent of this.sockets.sent.splice(0)) this.#carry(sent);
      this.clock.advance(STEP_MS);
    }
    assert.deepEqual(this.sockets.open, []);
    assert.deepEqual(this.sockets.violations, []);
    await whole;
    return this.findings;
  }

  /** The checks that failed, each once. */
  get failed(): readonly Check[] {
    const failed = this.findings.filter(({ ok }) => ok === false).map(({ check }) => check);
    return [...new Set(failed)];
  }

  findingsOf(check: Check): readonly Finding[] {
    return this.findings.filter((finding) => finding.check === check);
  }

  /** Lets a frame of another station arrive at a socket. */
  hear(
    at: FakeSocket,
    from: { readonly address: string; readonly port?: number },
    frame: { readonly station: string; readonly slot?: string; readonly data?: Uint8Array },
  ): void {
    const { station, slot = 'MPE', data = new Uint8Array() } = frame;
    const header = encodeHeader({ slot, address: { kind: 'direct' }, station, from: '' });
    const bytes = Buffer.from(encodeFrame(header, 1, data));
    at.emit('message', bytes, { port: 40_000, ...from, size: bytes.length });
  }

  /** Has a neighbour answer to the socket that asked. */
  answer(
    question: EchoMessage,
    { socket }: Pick<Sent, 'socket'>,
    from: string,
    domain: string = 'WORKGROUP',
  ): void {
    const answer = { ...question, kind: 'answer', toGroup: false } as const;
    const data = encodeEcho({ ...answer, domainTag: domainTag(domain) });
    this.hear(socket, { address: from }, { station: stationAt(from), data });
  }

  /** Has it answer to everyone. */
  answerToGroup(question: EchoMessage, from: string): void {
    const data = encodeEcho({ ...question, kind: 'answer', domainTag: domainTag('WORKGROUP') });
    for (const socket of this.sockets.shared) {
      this.hear(socket, { address: from }, { station: stationAt(from), data });
    }
  }

  async #collect(options: DiagnoseOptions): Promise<void> {
    for await (const finding of new Examination(options, this.system).findings()) {
      this.findings.push(finding);
    }
  }

  #carry(sent: Sent): void {
    const question = decodeEcho(sent.frame.data);
    if (question.way !== 'unicast' && this.comesBack(sent)) {
      const { type } = sent.socket.options;
      const shared = this.sockets.shared.filter(({ options }) => options.type === type);
      const from = { address: sent.socket.bound!.address, port: sent.socket.bound!.port };
      for (const socket of shared) {
        socket.emit('message', Buffer.from(sent.bytes), { ...from, size: sent.bytes.length });
      }
    }
    this.asked(question, sent);
  }
}

/** Equal addresses, equal stations. */
function stationAt(from: string): string {
  return from.slice(-6).padStart(6, '-');
}

function refused(code: string): Error {
  return Object.assign(new Error(code), { code });
}
