/** A computer with the Messenger service, on a host of its own. */

import { joinNetwork, type Network } from '@mailslot/core';
import { netbios } from '@mailslot/core/netbios';
import { NetbiosName, netbiosOf, SUFFIX } from '@mailslot/core/netbios/internal';
import {
  createMessenger,
  type Messenger,
  type MessengerOptions,
  type NetMessage,
} from '@mailslot/services';
import { encodeMailslotMessage, MESSENGER_SLOT } from '@mailslot/services/internal';

import { serve, tell } from '../../support/remote-service.ts';

export interface MessengerProgramOptions extends MessengerOptions {
  readonly computerName: string;
  readonly domain: string;
}

export type MessengerEvent =
  | ({ readonly what: 'message' } & NetMessage)
  | { readonly what: 'problem'; readonly message: string };

export type MessengerActions = ReturnType<typeof actions>;

function actions(network: Network, messenger: Messenger) {
  const { subnets } = netbiosOf(network)!;
  return {
    send: (to: string, text: string) => messenger.send(to, text),
    /** As Windows sends to a domain: on each interface, and nothing tells that it is the same message. */
    sendAsWindows(text: string) {
      const from = NetbiosName.ofHost(network.computerName, SUFFIX.workstation);
      const to = NetbiosName.ofHost(network.domain, SUFFIX.workstation);
      const [sender, recipient, words] = [from.name, to.name, text].map((part) =>
        Buffer.from(part),
      );
      const data = encodeMailslotMessage({ from: sender!, to: recipient!, text: words! });
      for (const subnet of subnets) {
        void subnet.send({ from, to, group: true, slot: MESSENGER_SLOT, data });
      }
    },
    owns: (name: string) => subnets.map(({ names }) => names.owns(NetbiosName.parse(name))),
    stats: () => messenger.stats(),
    close: () => messenger.close(),
  };
}

serve(async ({ computerName, domain, ...options }: MessengerProgramOptions) => {
  const network = await joinNetwork({ computerName, domain, transports: [netbios()] });
  const messenger = await createMessenger(network, options);
  messenger.messages$.subscribe((message) => tell({ what: 'message', ...message }));
  messenger.problems$.subscribe(({ message }) => tell({ what: 'problem', message }));
  return actions(network, messenger);
});
