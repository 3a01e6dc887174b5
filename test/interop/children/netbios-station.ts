/** A program on a classic network: it has the names of a station, and does with NetBIOS what its test asks. */

import { joinNetwork, type Network } from '@mailslot/core';
import { netbios, type NetbiosOptions } from '@mailslot/core/netbios';
import {
  type MailslotDatagram,
  netbiosOf,
  type NetbiosTransport,
  NetbiosName,
  type OutgoingWrite,
} from '@mailslot/core/netbios/internal';

import { serve, tell } from '../../support/remote-service.ts';

export interface StationOptions {
  readonly computerName: string;
  readonly domain: string;
  readonly netbios?: NetbiosOptions;
}

/** Something it heard on a slot that it listens to. */
export type StationEvent =
  | {
      readonly what: 'message';
      readonly text: string;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly what: 'datagram';
      readonly kind: string;
      readonly from: string;
      readonly to: string;
      readonly source: string;
      readonly slot: string;
      readonly data: Uint8Array;
    }
  | { readonly what: 'problem'; readonly message: string }
  | { readonly what: 'lost'; readonly name: string };

/** What it can be asked for. Names have their suffix: `ANN-PC<20>`. */
export type StationActions = ReturnType<typeof actions>;

function actions(network: Network, transport: NetbiosTransport) {
  const [subnet] = transport.subnets;
  const { names } = subnet!;
  return {
    /** Creates a mailslot, and tells what comes. */
    async read(name: string) {
      const slot = await network.createMailslot(name);
      slot.on('message', ({ data, from, to }) => {
        tell({ what: 'message', text: Buffer.from(data).toString(), from, to });
      });
    },
    /** Tells of every mailslot write to a slot, as it came. */
    receive(slot: string) {
      transport.receive(slot, (datagram) => tell(describe(datagram)));
    },
    send: (name: string, data: string) => network.send(name, data),
    write({
      from,
      to,
      ...write
    }: Omit<OutgoingWrite, 'from' | 'to'> & { from: string; to: string }) {
      const parsed = { from: NetbiosName.parse(from), to: NetbiosName.parse(to) };
      return subnet!.send({ ...write, ...parsed });
    },
    register: (name: string, group: boolean) => names.register(NetbiosName.parse(name), { group }),
    release: (name: string) => names.release(NetbiosName.parse(name)),
    owns: (name: string) => names.owns(NetbiosName.parse(name)),
    query: (name: string) => names.query(NetbiosName.parse(name)),
    async status(address: string) {
      const status = await names.status(address);
      return status?.names.map(
        ({ name, group }) => `${name.toString()} ${group ? 'group' : 'unique'}`,
      );
    },
    beside: () => subnet!.beside,
    stats: () => transport.stats(),
    close: () => network.close(),
  };
}

function describe(datagram: MailslotDatagram): StationEvent {
  const { kind, from, to, source, slot, data } = datagram;
  return {
    what: 'datagram',
    kind,
    from: from.toString(),
    to: to.toString(),
    source: `${source.address}:${source.port}`,
    slot,
    data,
  };
}

serve(async ({ computerName, domain, netbios: options }: StationOptions) => {
  const network = await joinNetwork({ computerName, domain, transports: [netbios(options)] });
  const transport = netbiosOf(network)!;
  network.on('problem', ({ message }) => tell({ what: 'problem', message }));
  for (const { names } of transport.subnets) {
    names.onLost((name) => tell({ what: 'lost', name: name.toString() }));
  }
  return actions(network, transport);
});
