/** The simulated LAN: how many deliveries it makes in a real second, bare, with stations, and with whole lobbies. */

import { slotPath, switchboardOf } from '@mailslot/core/internal';
import { type Faults, Lan, Segment } from '@mailslot/core/testing';
import { discover, type Lobby } from '@mailslot/discovery';

import type { BenchRow } from './row.ts';
import { median } from './statistics.ts';

const RUNS = 3;

/** A fifth of all datagrams: what presence is built for. */
const LOSS: Faults = { loss: 0.2 };

const PORTS = 1000;
const BARE_DELIVERIES = 10_000_000;

const STATIONS = 100;
const STATION_DELIVERIES = 2_000_000;

/** An announcement, about. */
const PACKET_BYTES = 150;

/** Virtual time: until all know each other and beat evenly, and what is measured then. */
const SETTLING_MS = 60_000;
const MEASURED_MS = { 30: 60 * 60_000, 100: 20 * 60_000 } as const;

export async function benchLan(): Promise<BenchRow[]> {
  const floor = await medianOf(callDirectly);
  const rate = async (
    what: string,
    target: string,
    measure: (run: number) => number | Promise<number>,
  ): Promise<BenchRow> => row(what, await medianOf(measure), floor, target);
  return [
    await rate(`${PORTS} bare ports`, '', () => carry({})),
    await rate(`${PORTS} bare ports, a fifth lost`, '', () => carry(LOSS)),
    await rate(`${PORTS} bare ports, 2 ms of jitter`, '', () => carry({ jitterMs: 2 })),
    await rate(`${STATIONS} stations that listen, a fifth lost`, '', () => listen(LOSS)),
    await rate('30 lobbies, a fifth lost', '>= 0.5 M/s', (run) => meet(30, run)),
    await rate('100 lobbies, a fifth lost', '>= 0.5 M/s', (run) => meet(100, run)),
  ];
}

/** Deliveries in a second if the receivers are simply called. */
function callDirectly(): number {
  const counts = new Float64Array(PORTS);
  const receivers = Array.from(counts, (_, index) => ({
    receive: (packet: Uint8Array) => void (counts[index]! += packet.length),
  }));
  const packet = new Uint8Array(PACKET_BYTES);
  return perSecond(() => {
    let done = 0;
    while (done < BARE_DELIVERIES) {
      for (const receiver of receivers) receiver.receive(packet);
      done += receivers.length;
    }
    return done;
  });
}

/** On a segment whose receivers do next to nothing: multicasts, one each virtual millisecond. */
function carry(faults: Faults): number {
  const segment = new Segment<Uint8Array>(faults);
  const counts = new Float64Array(PORTS);
  const ports = Array.from(counts, (_, index) =>
    segment.attach(`host ${index}`, {
      receive: (packet) => void (counts[index]! += packet.length),
    }),
  );
  const packet = new Uint8Array(PACKET_BYTES);
  return perSecond(() => {
    for (let sent = 0; segment.traffic.delivered < BARE_DELIVERIES; sent++) {
      segment.carry(ports[sent % PORTS]!, undefined, packet, PACKET_BYTES);
      segment.clock.advance(1);
    }
    return segment.traffic.delivered;
  });
}

/** Among networks whose subscribers do next to nothing, through transport and switchboard. */
async function listen(faults: Faults): Promise<number> {
  const lan = new Lan(faults);
  const path = slotPath('bench');
  const counts = new Float64Array(STATIONS);
  const outlets = await Promise.all(
    Array.from(counts, async (_, index) => {
      const switchboard = switchboardOf(await lan.join(`PC-${index}`));
      const receive = ({ data }: { data: Uint8Array }): void =>
        void (counts[index]! += data.length);
      await switchboard.subscribe(path, receive, { copies: true });
      return switchboard.open({ kind: 'domain' }, path);
    }),
  );
  const packet = new Uint8Array(PACKET_BYTES);
  return perSecond(() => {
    for (let sent = 0; lan.traffic.delivered < STATION_DELIVERIES; sent++) {
      void outlets[sent % STATIONS]!.write(packet);
      lan.clock.advance(1);
    }
    return lan.traffic.delivered;
  });
}

/** Among lobbies that have settled, through transport, switchboard, session and machine. */
async function meet(peers: keyof typeof MEASURED_MS, seed: number): Promise<number> {
  const lan = new Lan({ seed, ...LOSS });
  const lobbies: Lobby[] = [];
  for (let number = 0; number < peers; number++) {
    const network = await lan.join(`PC-${number}`);
    lobbies.push(await discover('bench', { name: `peer ${number}`, network }));
  }
  lan.clock.advance(SETTLING_MS);
  if (lobbies.some((lobby) => lobby.peers.length < peers - 1)) throw new Error('Not all have met.');
  const before = lan.traffic.delivered;
  return perSecond(() => {
    lan.clock.advance(MEASURED_MS[peers]);
    return lan.traffic.delivered - before;
  });
}

function perSecond(work: () => number): number {
  const start = performance.now();
  return (work() / (performance.now() - start)) * 1000;
}

async function medianOf(measure: (run: number) => number | Promise<number>): Promise<number> {
  const rates: number[] = [];
  for (let run = 0; run < RUNS; run++) rates.push(await measure(run));
  return median(rates);
}

function row(what: string, ours: number, floor: number, target: string): BenchRow {
  return {
    what: `simulated deliveries, ${what}`,
    ours: millions(ours),
    floor: `${millions(floor)} calling the receivers`,
    ratio: `${(floor / ours).toFixed(1)} x`,
    target,
  };
}

function millions(rate: number): string {
  return `${(rate / 1e6).toFixed(2)} M/s`;
}
