/** A program on the network, in a process of its own: it does what its parent asks, and tells what it hears. */

import { joinNetwork, systemClock, udp, type UdpOptions } from '@mailslot/core';
import { slotPath, type Source, switchboardOf } from '@mailslot/core/internal';

export interface StationOptions {
  readonly computerName: string;
  readonly udp: UdpOptions;
  /** How much faster than others it looks for interfaces. */
  readonly haste?: number;
}

export type Order =
  | { readonly order: 'listen'; readonly slot: string }
  | { readonly order: 'send'; readonly name: string; readonly data: Uint8Array }
  | { readonly order: 'reply'; readonly data: Uint8Array }
  | { readonly order: 'knock'; readonly data: Uint8Array }
  | { readonly order: 'flood'; readonly name: string; readonly count: number }
  | { readonly order: 'status' }
  | { readonly order: 'close' };

export interface Heard {
  readonly data: Uint8Array;
  readonly from: string;
  readonly address: string;
  readonly trust: Source['trust'];
  readonly sourceAddress: string | undefined;
  readonly interfaces: readonly string[];
}

export interface Status {
  readonly interfaces: readonly string[];
  readonly drops: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

/** What it says to its parent: that an order is done, what it heard, or that its knock was refused. */
export type Report =
  | { readonly report: 'done'; readonly status: Status; readonly error?: string }
  | { readonly report: 'heard'; readonly heard: Heard }
  | { readonly report: 'refused'; readonly afterMs: number };

const options: StationOptions = JSON.parse(process.argv[2] ?? '{}');
const haste = options.haste ?? 1;
const problems: string[] = [];

/** Only long waits are cut short: what is paced stays so. */
const clock = {
  now: () => systemClock.now() * haste,
  wallTime: () => systemClock.wallTime(),
  schedule: (delayMs: number, callback: () => void) =>
    systemClock.schedule(delayMs < 1_000 ? delayMs : delayMs / haste, callback),
};

process.once('disconnect', () => process.exit());
void main();

async function main(): Promise<void> {
  try {
    const network = await joinNetwork({
      computerName: options.computerName,
      transports: [udp(options.udp)],
      clock,
    });
    network.on('problem', ({ message }) => problems.push(message));
    const switchboard = switchboardOf(network);
    let last: { source: Source; slot: string } | undefined;
    const execute = async (order: Order): Promise<void> => {
      switch (order.order) {
        case 'listen':
          await switchboard.subscribe(
            slotPath(order.slot),
            ({ data, from, address, source, slot }) => {
              // What it says itself does not come over the network.
              if (source.transport !== 'udp') return;
              last = { source, slot };
              const { trust, interfaces } = source;
              const where = { trust, interfaces, sourceAddress: source.address };
              tell({ report: 'heard', heard: { data, from, address: address.kind, ...where } });
            },
          );
          return;
        case 'send':
          return network.send(order.name, order.data);
        case 'reply':
          await switchboard.reply(last!.source, slotPath(last!.slot)).write(order.data);
          return;
        case 'knock': {
          const { source, slot } = last!;
          const knockedAt = systemClock.now();
          switchboard.knock(source, slotPath(slot), order.data, () =>
            tell({ report: 'refused', afterMs: systemClock.now() - knockedAt }),
          );
          return;
        }
        case 'flood': {
          const writer = await network.openMailslot(order.name);
          for (let count = 0; count < order.count; count++) await writer.write(String(count));
          return;
        }
        case 'status':
          return;
        case 'close':
          await network.close();
          process.disconnect();
      }
    };
    process.on('message', (order: Order) => {
      execute(order).then(
        () => tell({ report: 'done', status: status() }),
        (error: unknown) => tell({ report: 'done', status: status(), error: String(error) }),
      );
    });
    function status(): Status {
      const interfaces = network.interfaces().map(({ name, address }) => `${name} ${address}`);
      return { interfaces, drops: { ...network.stats()['udp']?.drops }, problems };
    }
    tell({ report: 'done', status: status() });
  } catch (error) {
    const status = { interfaces: [], drops: {}, problems };
    tell({ report: 'done', status, error: String(error) });
  }
}

function tell(report: Report): void {
  if (process.connected) process.send!(report);
}
