/** What other programs say: who is there, and what reaches whom. */

import type { EchoWay } from '../echo/echo-message.ts';
import { fine, type Finding, type Remedy, type Subject, unclear, wrong } from './finding.ts';
import { allowPort, type Failure, refusal } from './remedies.ts';

/** A station that was heard, on this computer or another. */
export interface PeerFacts {
  /** Of its computer, if it said one. */
  readonly name: string;
  readonly address: string;
  readonly sameComputer: boolean;
  /** Whether it is on the network of an interface in use, where multicast should reach it. */
  readonly onLink: boolean;
  /** Undefined if it answered nothing. */
  readonly domainTag: number | undefined;
  /** By which ways our questions reached it. */
  readonly answered: ReadonlySet<EchoWay>;
  /** Whether a message of it to everyone was heard by multicast. */
  readonly heardInGroup: boolean;
  /** Whether it was asked by unicast, and for an answer to everyone. */
  readonly asked: boolean;
  readonly askedForGroup: boolean;
}

export interface PeerContext {
  readonly platform: NodeJS.Platform;
  readonly port: number;
  readonly hops: number;
  readonly domain: string;
  readonly domainTag: number;
  /** Whether this computer sends and hears multicast on all its interfaces: otherwise others cannot be blamed. */
  readonly ownMulticast: boolean;
  /** Whether neighbours are reached directly: otherwise answers are lost here. */
  readonly directRoutes: boolean;
  /** Whether there is any interface but loopback. */
  readonly reachesOthers: boolean;
}

export function peerFindings(peers: readonly PeerFacts[], context: PeerContext): Finding[] {
  const others = peers.filter(({ sameComputer }) => !sameComputer);
  return [
    programsFinding(peers.filter(({ sameComputer }) => sameComputer)),
    othersFinding(others, context),
    ...multicastFindings(
      others.filter(({ onLink }) => onLink),
      context,
    ),
    ...unicastFinding(others, context),
    ...domainFinding(others, context),
  ];
}

function programsFinding(programs: readonly PeerFacts[]): Finding {
  const subject: Subject = { check: 'programs' };
  if (programs.length === 0)
    return fine(subject, 'no other Mailslot program on this computer answers');
  return fine(
    subject,
    `${count(programs, 'other Mailslot program')} on this computer, which share the port`,
  );
}

function othersFinding(
  others: readonly PeerFacts[],
  { hops, port, reachesOthers }: PeerContext,
): Finding {
  const subject: Subject = { check: 'peers' };
  if (others.length > 0)
    return fine(subject, `${count(others, 'program')} on other computers: ${list(others)}`);
  if (!reachesOthers) {
    return unclear(subject, 'nobody was asked: only loopback is in use', {
      meaning: 'Only programs of this computer are reached.',
    });
  }
  return unclear(subject, 'nobody on another computer answers', {
    meaning:
      'Either no Mailslot program runs there, or nothing gets there: a firewall on the other computer, a Wi-Fi that keeps its clients apart (guest networks do), or ' +
      (hops === 1
        ? 'a router between, which group messages do not cross.'
        : 'a router between that forwards no multicast.'),
    advice: `Run mailslot doctor on the other computer while mailslot monitor runs here. If it is silent too, try --seed with the address of that computer, and allow UDP port ${port} there.`,
  });
}

/** One direction that is closed has its cause at one end; both have it between. */
function multicastFindings(others: readonly PeerFacts[], context: PeerContext): Finding[] {
  const answering = others.filter(({ answered }) => answered.size > 0);
  if (answering.length === 0 || !context.ownMulticast) return [];
  // Who did not get the question cannot be blamed for its answer.
  const asked = answering.filter((peer) => peer.askedForGroup && peer.answered.has('unicast'));
  const deaf = answering.filter(({ answered }) => !answered.has('multicast'));
  const mute = asked.filter(({ heardInGroup }) => !heardInGroup);
  const cutOff = mute.filter((peer) => deaf.includes(peer));
  if (cutOff.length > 0) {
    return [
      wrong({ check: 'network' }, `no multicast passes between here and ${list(cutOff)}`, FILTERED),
      unclear({ check: 'multicast-out' }, `does not reach ${list(deaf)}: see network`),
      unclear({ check: 'multicast-in' }, `does not come from ${list(mute)}: see network`),
    ];
  }
  return [
    fine(
      { check: 'network' },
      `messages to everyone pass between here and ${list(answering)}, one way at least`,
    ),
    outFinding(answering, deaf, context),
    ...(asked.length > 0 ? [inFinding(asked, mute, context)] : []),
  ];
}

const FILTERED: Required<Remedy> = {
  meaning:
    'Both ends are well, but what is between filters multicast: a Wi-Fi access point, or a switch that snoops IGMP without a querier.',
  advice:
    'Use broadcast, with --broadcast or udp({ broadcast: true }) on every computer, or --seed ADDRESS; or switch off multicast filtering and client isolation in the access point.',
};

function outFinding(
  answering: readonly PeerFacts[],
  deaf: readonly PeerFacts[],
  { port }: PeerContext,
): Finding {
  const subject: Subject = { check: 'multicast-out' };
  if (deaf.length === 0) return fine(subject, `reaches ${list(answering)}`);
  return wrong(subject, `does not reach ${list(deaf)}, though other messages do`, {
    meaning: 'The other computer keeps multicast out, or its programs use another group.',
    advice: `On ${list(deaf)}: allow UDP port ${port} in the firewall, and run mailslot doctor. Until then use --broadcast or --seed ADDRESS.`,
  });
}

function inFinding(
  asked: readonly PeerFacts[],
  mute: readonly PeerFacts[],
  { port, platform }: PeerContext,
): Finding {
  const subject: Subject = { check: 'multicast-in' };
  if (mute.length === 0) return fine(subject, `comes from ${list(asked)}`);
  return wrong(subject, `does not come from ${list(mute)}, though answers to us do`, {
    meaning:
      'This computer keeps out multicast of others, as firewalls do that let in only what was asked for; or the other one sends it to another group or by another interface.',
    advice: allowPort(port, platform),
  });
}

function unicastFinding(others: readonly PeerFacts[], context: PeerContext): Finding[] {
  const asked = others.filter((peer) => peer.asked);
  if (asked.length === 0) return [];
  const { platform, port } = context;
  const subject: Subject = { check: 'unicast' };
  const silent = asked.filter(({ answered }) => !answered.has('unicast'));
  if (silent.length === 0) return [fine(subject, `passes between here and ${list(asked)}`)];
  if (!context.directRoutes) {
    return [unclear(subject, `does not pass between here and ${list(silent)}: see route`)];
  }
  return [
    wrong(subject, `${list(silent)} can be heard, but no answer comes`, {
      meaning:
        'Datagrams to a single computer are lost in one direction: a firewall at one of the ends, or a Wi-Fi that keeps its clients apart.',
      advice: `On both computers: ${allowPort(port, platform)} To name the ports that answers go to, use udp({ portRange }) and allow these as well.`,
    }),
  ];
}

function domainFinding(others: readonly PeerFacts[], context: PeerContext): Finding[] {
  const tagged = others.filter(({ domainTag }) => domainTag !== undefined);
  if (tagged.length === 0) return [];
  const subject: Subject = { check: 'domain' };
  const same = tagged.filter(({ domainTag }) => domainTag === context.domainTag);
  if (same.length > 0) {
    return [fine(subject, `${count(same, 'program')} on other computers in ${context.domain} too`)];
  }
  return [
    wrong(subject, `all others are in other domains than ${context.domain}: ${list(tagged)}`, {
      meaning: 'Messages to everyone reach the own domain only, so nobody of them is seen.',
      advice: 'Give the same domain everywhere: --domain NAME, or joinNetwork({ domain }).',
    }),
  ];
}

/** A question to a seed. */
export interface SeedFacts {
  /** As it was given. */
  readonly seed: string;
  readonly failure: Failure;
  readonly answered: boolean;
}

export function seedFinding(
  { seed, failure, answered }: SeedFacts,
  port: number,
  platform: NodeJS.Platform,
): Finding {
  const subject: Subject = { check: 'seeds' };
  if (answered) return fine(subject, `${seed} answers`);
  if (failure !== undefined) {
    return wrong(
      subject,
      `nothing can be sent to ${seed} (${failure})`,
      refusal(failure, platform),
    );
  }
  return wrong(subject, `${seed} does not answer`, {
    meaning:
      'No Mailslot program listens there, or a firewall on the way or at either end drops it.',
    advice: `See that a Mailslot program runs there, such as mailslot monitor, and that UDP port ${port} is allowed there.`,
  });
}

/** Named in a finding; of more, only how many. */
const NAMED_MAX = 5;

function list(peers: readonly PeerFacts[]): string {
  const names = [
    ...new Set(peers.map(({ name, address }) => (name === '' ? address : `${name} (${address})`))),
  ];
  const more = names.length - NAMED_MAX;
  return names.slice(0, NAMED_MAX).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function count(things: readonly unknown[], name: string): string {
  return `${things.length} ${name}${things.length === 1 ? '' : 's'}`;
}
