/** Which interfaces are used, and why not the others. */

import type { InterfaceChoice, InterfaceFilter } from '../transports/udp/interfaces.ts';
import { fine, type Finding, type Remedy, type Subject, unclear, wrong } from './finding.ts';
import type { Failure } from './remedies.ts';

/** A network device of this computer, with or without addresses. */
export interface Link {
  readonly name: string;
  readonly up: boolean;
}

export interface InterfaceFacts {
  readonly choice: InterfaceChoice;
  /** Why the system does not say which interfaces there are, if it does not. */
  readonly failure: Failure;
  /** All devices, where the system lists them. */
  readonly links: readonly Link[];
  /** What the user asked for. */
  readonly interfaces: InterfaceFilter;
}

type Why = InterfaceChoice['unused'][number]['why'];

const WHY: Readonly<Record<Why, string>> = {
  loopback: 'loopback reaches this computer only',
  'point-to-point': 'a point-to-point link, as of a VPN',
  'other-address': 'the interface is used by another of its addresses',
  family: 'its address family is not used here',
  'left-out': 'left out, as you asked',
  'unknown-prefix': 'the system does not say how large its network is',
};

/** Not what anyone would expect, so it is to be judged. */
const REMEDIES: { readonly [W in Why]?: Remedy } = {
  'point-to-point': {
    meaning: 'Tunnels carry no multicast, so nobody behind it is found by it.',
    advice: 'To reach someone there, name the address: --seed ADDRESS, or udp({ seeds }).',
  },
  'unknown-prefix': {
    meaning: 'Without that it cannot be told who is near.',
    advice: 'Give the interface another address, if it is the one that matters.',
  },
};

export function interfaceFindings(facts: InterfaceFacts): Finding[] {
  const { choice, links, interfaces, failure } = facts;
  if (failure !== undefined) return [unlisted(failure)];
  const known = new Set([...choice.used, ...choice.unused].map(({ name }) => name));
  const bare = typeof interfaces === 'object' ? [] : links.filter(({ name }) => !known.has(name));
  return [
    ...choice.used
      .filter(({ fallback }) => fallback !== true)
      .map(({ name, address }) => fine(about(name), `${address} is used`)),
    ...missing(facts, known),
    ...choice.unused.map(({ name, address, why }) => unused(name, address, why)),
    ...bare.map(unaddressed),
  ];
}

function unlisted(failure: string): Finding {
  return wrong({ check: 'interfaces' }, `the system does not say which there are (${failure})`, {
    meaning: 'A sandbox keeps this program from asking. Without interfaces nobody is reached.',
    advice:
      'Allow the program to see the network: on Android it needs a permission, in Snap the plug network-observe.',
  });
}

function about(name: string): Subject {
  return { check: 'interfaces', interface: name };
}

function unused(name: string, address: string, why: Why): Finding {
  const detail = `${address} is not used: ${WHY[why]}`;
  const remedy = REMEDIES[why];
  return remedy === undefined ? fine(about(name), detail) : unclear(about(name), detail, remedy);
}

function unaddressed({ name, up }: Link): Finding {
  return unclear(about(name), `not used: ${up ? 'it has no address' : 'it is down'}`, {
    meaning: 'It is taken up as soon as it is up and has an address.',
  });
}

/** What was asked for and is not there. */
function missing({ choice, links, interfaces }: InterfaceFacts, known: Set<string>): Finding[] {
  const used = new Set(choice.used.map(({ name }) => name));
  if (typeof interfaces === 'object') {
    const names = interfaces.filter((name) => name !== 'loopback' && !used.has(name));
    return names.map((name) => named(name, links, known));
  }
  if (choice.used.some(({ fallback }) => fallback !== true)) return [];
  const isolated = choice.used.length > 0;
  const detail = isolated
    ? 'no interface but loopback can be used'
    : 'no interface can be used, not even loopback';
  return [
    wrong({ check: 'interfaces' }, detail, {
      meaning: isolated
        ? 'Only programs of this computer are reached. Mailslot goes on, and takes up an interface as soon as there is one.'
        : 'Nobody is reached. Mailslot goes on, and takes up an interface as soon as there is one.',
      advice:
        'Connect to a network: plug in the cable, or join the Wi-Fi. If you left interfaces out, let one in.',
    }),
  ];
}

function named(name: string, links: readonly Link[], known: ReadonlySet<string>): Finding {
  const link = links.find((one) => one.name === name);
  if (known.has(name)) {
    return wrong(about(name), `${name} has no address that can be used`, {
      meaning: 'It is there, but of none of its addresses can a socket for this be made.',
      advice: 'Look at its addresses, and at the address families you allow.',
    });
  }
  if (link !== undefined) {
    return wrong(about(name), link.up ? `${name} has no address` : `${name} is down`, {
      meaning: 'It is taken up as soon as it is up and has an address.',
      advice: link.up ? 'Give it an address, or wait for DHCP.' : 'Bring it up.',
    });
  }
  const others = [...new Set([...known, ...links.map((one) => one.name)])].toSorted();
  return wrong(about(name), `there is no interface ${name}`, {
    meaning: 'It is taken up if it ever comes; until then it is as if it were left out.',
    advice: `Name one of those there are: ${others.join(', ')}.`,
  });
}
