/** The two names every station has on every subnet: its computer's and its domain's. */

import { MailslotError } from '../../errors.ts';
import type { TransportHost } from '../transport.ts';
import { NetbiosName, SUFFIX } from './netbios-name.ts';
import type { Subnet } from './subnet.ts';

/** How long to leave a name alone that was refused: its owner may go home. */
const RETRY_MS = 300_000;

export class StationNames {
  /** Unique. */
  readonly computer: NetbiosName;
  /** A group. */
  readonly domain: NetbiosName;
  readonly #host: TransportHost;
  readonly #triedAt = new WeakMap<Subnet, number>();
  #settled: Promise<unknown> = Promise.resolve();

  constructor(host: TransportHost) {
    const { computerName, domain } = host.station;
    this.computer = NetbiosName.ofHost(computerName, SUFFIX.workstation);
    this.domain = NetbiosName.ofHost(domain, SUFFIX.workstation);
    this.#host = host;
  }

  /** Resolves when it is known of each name whether we have it. */
  get settled(): Promise<unknown> {
    return this.#settled;
  }

  /** Registers both names. What goes wrong is told as a problem: the station goes on without the name. */
  take(subnet: Subnet): void {
    if (!this.#triedAt.has(subnet)) subnet.names.onLost((name) => this.#tellLost(name, subnet));
    this.#triedAt.set(subnet, this.#host.clock.now());
    const registering = [
      subnet.names.register(this.computer),
      subnet.names.register(this.domain, { group: true }),
    ].map((registered) => registered.catch((error: unknown) => this.#tell(error)));
    this.#settled = Promise.all([this.#settled, ...registering]);
  }

  /** Tries again where a name was refused, or lost. */
  retry(subnets: readonly Subnet[]): void {
    const before = this.#host.clock.now() - RETRY_MS;
    for (const subnet of subnets) {
      const has = [this.computer, this.domain].every((name) => subnet.names.owns(name));
      if (!has && (this.#triedAt.get(subnet) ?? before) <= before) this.take(subnet);
    }
  }

  #tellLost(name: NetbiosName, { interface: { name: where } }: Subnet): void {
    if (![this.computer, this.domain].some((own) => own.equals(name))) return;
    const error = new MailslotError(
      'ERROR_ALREADY_EXISTS',
      `The NetBIOS name ${name.toString()} is another's too on ${where}, and no longer used there. Rename one of the two computers.`,
    );
    this.#host.problem(error);
  }

  #tell(error: unknown): void {
    if (error instanceof MailslotError && error.code !== 'ERROR_OPERATION_ABORTED') {
      this.#host.problem(error);
    }
  }
}
