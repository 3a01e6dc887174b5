/** One network for all of a process's `discover()` calls that ask for the same: counted, closed by the last. */

import { joinNetwork, type Network, type NetworkOptions, udp } from '@mailslot/core';

/** A network, and the way to be done with it. */
export interface Lease {
  readonly network: Network;
  release(): Promise<void>;
}

interface Shared {
  readonly network: Promise<Network>;
  leases: number;
}

const shared = new Map<string, Shared>();

/**
 * The network to use: the caller's own, which is left open; one joined over the caller's transports; or the one that
 * this process shares for that domain and computer name.
 */
export async function leaseNetwork(
  options: NetworkOptions & { readonly network?: Network },
): Promise<Lease> {
  if (options.network !== undefined) {
    return { network: options.network, async release() {} };
  }
  if (options.transports !== undefined) {
    const network = await joinNetwork(options);
    return { network, release: () => network.close() };
  }
  return leaseShared(options);
}

async function leaseShared({ computerName, domain }: NetworkOptions): Promise<Lease> {
  const key = JSON.stringify([computerName, domain]);
  let entry = shared.get(key);
  if (entry === undefined) {
    const network = joinNetwork({
      ...(computerName !== undefined && { computerName }),
      ...(domain !== undefined && { domain }),
      transports: [udp()],
    });
    entry = { network, leases: 0 };
    shared.set(key, entry);
  }
  entry.leases++;
  const end = (): boolean => --entry.leases === 0 && shared.delete(key);
  try {
    const network = await entry.network;
    return {
      network,
      async release() {
        if (end()) await network.close();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}
