/** What an interface does with messages to everyone: whether they leave, and whether they come back. */

import type { Family, UdpInterface } from '../transports/udp/interfaces.ts';
import { fine, type Finding, type Subject, unclear, wrong } from './finding.ts';
import { allowPort, type Failure, refusal } from './remedies.ts';

/** A message to everyone that was sent, one to be heard by ourselves too. */
export interface Trial {
  /** Where it went. */
  readonly address: string;
  readonly failure: Failure;
  readonly heard: boolean;
}

/** What was tried on one interface, with one family. */
export interface LinkFacts {
  readonly place: UdpInterface;
  /** Whether the port is open, without which nothing is heard. */
  readonly listening: boolean;
  readonly joinFailure: Failure;
  /** Why there is no socket to send from. */
  readonly openFailure: Failure;
  /** Undefined where nothing could be sent. */
  readonly multicast: Trial | undefined;
  /** Undefined where there is no such address, too. */
  readonly broadcast: Trial | undefined;
}

export interface LinkContext {
  readonly groups: Readonly<Record<Family, string>>;
  readonly port: number;
  readonly platform: NodeJS.Platform;
}

export function linkFindings(links: readonly LinkFacts[], context: LinkContext): Finding[] {
  const walls = new Map(
    [...new Set(links.map(({ place }) => place.name))].map((name) => [
      name,
      firewallFinding(name, links, context),
    ]),
  );
  const isWalled = ({ place }: LinkFacts): boolean => walls.get(place.name)?.ok === false;
  return [
    ...links.map((link) => joinFinding(link, context)),
    ...links.map((link) => sendFinding(link, context)),
    ...walls.values(),
    ...links.map((link) => multicastFinding(link, isWalled(link), context)),
    ...links.flatMap((link) => broadcastFinding(link, isWalled(link), context)),
  ];
}

function joinFinding({ place, listening, joinFailure }: LinkFacts, context: LinkContext): Finding {
  const subject: Subject = { check: 'join', interface: place.name };
  const group = context.groups[place.family];
  if (!listening) return unclear(subject, `not tried: there is no port for ${place.family}`);
  if (joinFailure === undefined) return fine(subject, `${place.address} joined ${group}`);
  const detail = `${place.address} cannot join ${group} (${joinFailure})`;
  if (joinFailure === 'ENOBUFS' || joinFailure === 'ENOMEM') {
    return wrong(subject, detail, {
      meaning:
        'The system allows no more groups: a socket may join only so many, and you have many interfaces.',
      advice:
        'Raise the limit: sudo sysctl net.ipv4.igmp_max_memberships=100; or use fewer interfaces: --interface NAME.',
    });
  }
  return wrong(subject, detail, {
    meaning: 'Messages to everyone are not received on this interface.',
    advice:
      'The interface may be gone, or take no multicast: leave it out, or reach others by --seed ADDRESS.',
  });
}

function sendFinding(link: LinkFacts, { platform }: LinkContext): Finding {
  const { place, openFailure, multicast } = link;
  const subject: Subject = { check: 'send', interface: place.name };
  if (openFailure !== undefined) {
    const detail = `no socket can be opened on ${place.address} (${openFailure})`;
    return wrong(subject, detail, refusal(openFailure, platform));
  }
  if (multicast?.failure !== undefined) {
    const detail = `${place.address} cannot send to ${multicast.address} (${multicast.failure})`;
    return wrong(subject, detail, refusal(multicast.failure, platform));
  }
  return fine(subject, `${place.address} sends`);
}

/** That one way is closed may have many reasons; that all are, on one interface, has one. */
function firewallFinding(
  name: string,
  links: readonly LinkFacts[],
  { port, platform }: LinkContext,
): Finding {
  const subject: Subject = { check: 'firewall', interface: name };
  const trials = links.filter(({ place }) => place.name === name).flatMap(comparable);
  const heard = trials.filter((trial) => trial.heard);
  if (heard.length > 0) return fine(subject, `UDP ${port} receives`);
  if (trials.length < 2) return unclear(subject, 'too little was sent to tell');
  return wrong(
    subject,
    `of ${trials.length} kinds of messages sent to port ${port}, none arrived`,
    {
      meaning:
        'A firewall on this computer keeps out what is sent to the port. Others are not heard either.',
      advice: allowPort(port, platform),
    },
  );
}

/** The trials of a link that should have come back. */
function comparable({ listening, joinFailure, multicast, broadcast }: LinkFacts): Trial[] {
  if (!listening) return [];
  const joined = joinFailure === undefined ? [multicast] : [];
  return [...joined, broadcast].filter(wasSent);
}

function wasSent(trial: Trial | undefined): trial is Trial {
  return trial !== undefined && trial.failure === undefined;
}

function multicastFinding(link: LinkFacts, walled: boolean, context: LinkContext): Finding {
  const { place, listening, joinFailure, multicast } = link;
  const subject: Subject = { check: 'multicast', interface: place.name };
  const group = context.groups[place.family];
  if (multicast === undefined || multicast.failure !== undefined) {
    return unclear(subject, `not tried: nothing can be sent from ${place.address}`);
  }
  if (!listening || joinFailure !== undefined) {
    return unclear(subject, `not tried: nothing for ${group} is received`);
  }
  if (multicast.heard) return fine(subject, `what ${place.address} sends to ${group} comes back`);
  const detail = `what ${place.address} sends to ${group} does not come back`;
  if (walled) return unclear(subject, `${detail}: see firewall`);
  return wrong(subject, detail, {
    meaning:
      'Multicast does not get through this computer itself, though other messages do: a firewall rule for multicast, or the driver of the interface.',
    advice: `${allowPort(context.port, context.platform)} Until then others are reached by --broadcast, or udp({ broadcast: true }), and by --seed ADDRESS.`,
  });
}

function broadcastFinding(link: LinkFacts, walled: boolean, context: LinkContext): Finding[] {
  const { place, listening, broadcast } = link;
  if (broadcast === undefined) return [];
  const subject: Subject = { check: 'broadcast', interface: place.name };
  const { address, failure, heard } = broadcast;
  if (failure !== undefined) {
    const detail = `${place.address} cannot send to ${address} (${failure})`;
    return [wrong(subject, detail, refusal(failure, context.platform))];
  }
  if (!listening) return [unclear(subject, 'not tried: there is no port to receive by')];
  if (heard) return [fine(subject, `what ${place.address} sends to ${address} comes back`)];
  const detail = `what ${place.address} sends to ${address} does not come back`;
  if (walled) return [unclear(subject, `${detail}: see firewall`)];
  return [
    wrong(subject, detail, {
      meaning:
        'The way out for networks that filter multicast is closed. Where multicast works, nothing is lost.',
      advice: `If you need it: ${allowPort(context.port, context.platform)} And see that the address of the interface has the netmask of its network.`,
    }),
  ];
}

/** How the system would answer a neighbour on the network of an interface. */
export interface RouteFacts {
  readonly place: UdpInterface;
  readonly neighbour: string;
  readonly failure: Failure;
  /** The interfaces whose network holds the address that the system would answer from, and that address. */
  readonly local: { readonly address: string; readonly interfaces: readonly string[] } | undefined;
}

/** One finding for each interface: the first neighbour that is not reached by it tells. */
export function routeFinding(facts: readonly RouteFacts[], platform: NodeJS.Platform): Finding[] {
  const [first] = facts;
  if (first === undefined) return [];
  const subject: Subject = { check: 'route', interface: first.place.name };
  const astray = facts.find(
    ({ place, local }) => local === undefined || !local.interfaces.includes(place.name),
  );
  if (astray === undefined) {
    return [fine(subject, `neighbours of ${first.place.address} are reached directly`)];
  }
  const { place, neighbour, failure, local } = astray;
  if (local === undefined) {
    const { meaning, advice } = refusal(failure ?? 'ENETUNREACH', platform);
    const detail = `there is no way to ${neighbour}, a neighbour of ${place.address} (${failure})`;
    return [wrong(subject, detail, { meaning, advice })];
  }
  const via = local.interfaces.join(' or ') || 'another interface';
  const detail = `what goes to ${neighbour}, a neighbour of ${place.address}, leaves from ${local.address} (${via})`;
  return [
    wrong(subject, detail, {
      meaning:
        'Others may be heard, but answers to them go elsewhere: a VPN has taken over the routes of the LAN.',
      advice:
        'Allow access to the local network in the settings of the VPN, or leave it while you need the LAN.',
    }),
  ];
}
