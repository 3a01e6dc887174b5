/**
 * One examination of this computer's place on the network: it tries what the udp transport does, with the same sockets,
 * and hands what it saw to those who judge it.
 */

import type { EchoWay } from '../echo/echo-message.ts';
import { throwIfAborted } from '../errors.ts';
import { domainTag, parseHostName } from '../name.ts';
import { DEFAULT_DOMAIN } from '../network.ts';
import { errorCode } from '../transports/udp/advice.ts';
import {
  ANYWHERE,
  chooseInterfaces,
  type InterfaceTable,
  type UdpInterface,
} from '../transports/udp/interfaces.ts';
import { Neighbourhood } from '../transports/udp/neighbourhood.ts';
import { parseOptions, type UdpSettings } from '../transports/udp/options.ts';
import {
  CLASSIC_PORTS,
  classicPortsFinding,
  environmentFinding,
  localFinding,
  portFindings,
} from './computer-findings.ts';
import type { DiagnoseOptions } from './diagnose.ts';
import type { Ears } from './ears.ts';
import type { Finding } from './finding.ts';
import type { Station } from './hearing.ts';
import { failureOf, Inquiry } from './inquiry.ts';
import { interfaceFindings } from './interface-findings.ts';
import {
  linkFindings,
  type LinkFacts,
  type RouteFacts,
  routeFinding,
  type Trial,
} from './link-findings.ts';
import { neighbours } from './neighbours.ts';
import { peerFindings, type PeerFacts, type SeedFacts, seedFinding } from './peer-findings.ts';
import type { Question } from './question.ts';
import type { Failure } from './remedies.ts';
import type { DiagnosisSystem } from './system.ts';

/** Stations asked each by itself: enough to tell a rule from an exception. */
const STATIONS_ASKED_MAX = 8;

/** What was asked on one interface, with one family. */
interface Asked {
  readonly place: UdpInterface;
  readonly openFailure: Failure;
  readonly multicast: Question | undefined;
  readonly broadcast: Question | undefined;
}

export class Examination {
  readonly #options: DiagnoseOptions;
  readonly #system: DiagnosisSystem;
  readonly #settings: UdpSettings;
  readonly #domain: string;
  readonly #inquiry: Inquiry;
  readonly #neighbourhood: Neighbourhood;
  #table: InterfaceTable = {};

  /** Throws `ERROR_INVALID_PARAMETER` or `ERROR_INVALID_NAME` for options out of range. */
  constructor(options: DiagnoseOptions, system: DiagnosisSystem) {
    this.#options = options;
    this.#system = system;
    // Whether broadcast works is to be told, wanted or not.
    this.#settings = { ...parseOptions(options), broadcast: true };
    this.#domain = parseHostName(options.domain ?? DEFAULT_DOMAIN, 'The domain');
    this.#neighbourhood = new Neighbourhood(this.#settings, system.platform);
    this.#inquiry = new Inquiry(system, this.#settings, this.#neighbourhood, options.signal);
  }

  /** Every finding as soon as it is there. */
  async *findings(): AsyncGenerator<Finding, void, undefined> {
    yield* this.#examineInterfaces();
    yield environmentFinding(this.#system.environment(), this.#system.platform);
    yield localFinding(await this.#tryLocal());
    yield classicPortsFinding(await this.#tryClassicPorts());
    await using inquiry = this.#inquiry;
    yield* this.#examineNetwork(inquiry);
  }

  get #used(): readonly UdpInterface[] {
    return this.#neighbourhood.used;
  }

  // --- This computer --------------------------------------------------------------------------

  #examineInterfaces(): Finding[] {
    const { platform } = this.#system;
    const { interfaces } = this.#settings;
    let failure: Failure;
    try {
      this.#table = this.#system.networkInterfaces();
    } catch (error) {
      failure = errorCode(error);
    }
    const choice = chooseInterfaces(this.#table, { ...this.#settings, platform });
    this.#neighbourhood.update(this.#table);
    return interfaceFindings({ choice, failure, links: this.#system.links(), interfaces });
  }

  async #tryLocal(): Promise<Error | undefined> {
    const { directory, signal } = this.#options;
    throwIfAborted(signal, WHAT);
    try {
      await this.#system.tryLocal(directory === undefined ? {} : { directory }, signal);
    } catch (error) {
      throwIfAborted(signal, WHAT);
      return error instanceof Error ? error : new Error(String(error));
    }
    return undefined;
  }

  #tryClassicPorts(): Promise<Failure[]> {
    return Promise.all(CLASSIC_PORTS.map((port) => failureOf(this.#system.tryPort(port))));
  }

  // --- The network ----------------------------------------------------------------------------

  async *#examineNetwork(inquiry: Inquiry): AsyncGenerator<Finding, void, undefined> {
    const { platform } = this.#system;
    const { port, groups, hops } = this.#settings;
    const ears = await inquiry.listen(this.#used);
    yield* portFindings({ port, platform, failures: ears.failures });
    const asked = await this.#askEveryone();
    const links = asked.map((one) => this.#linkFacts(one, ears));
    yield* linkFindings(links, { groups, port, platform });
    const routes = (await this.#traceRoutes()).flatMap((facts) => routeFinding(facts, platform));
    yield* routes;
    const alone = await this.#askEachAlone();
    const seeds = await this.#askSeeds();
    const questions = asked.flatMap(({ multicast, broadcast }) => [multicast, broadcast]);
    yield* peerFindings(this.#peerFacts(questions, alone), {
      platform,
      port,
      hops,
      domain: this.#domain,
      domainTag: domainTag(this.#domain),
      ownMulticast: links.every(({ multicast }) => multicast?.heard === true),
      directRoutes: routes.every(({ ok }) => ok === true),
      reachesOthers: this.#used.some(({ address }) => !this.#isLoopback(address)),
    });
    yield* seeds.map((seed) => seedFinding(seed, port, platform));
  }

  /** Asks everyone on every interface, by every way there is. */
  async #askEveryone(): Promise<Asked[]> {
    const { groups, port } = this.#settings;
    const asked: Asked[] = [];
    for (const place of this.#used) {
      const voice = await this.#inquiry.openVoice(place);
      const ask = (way: EchoWay, address: string | undefined): Question | undefined =>
        typeof voice === 'string' || address === undefined
          ? undefined
          : this.#inquiry.question(voice, way, { address, port });
      asked.push({
        place,
        openFailure: typeof voice === 'string' ? voice : undefined,
        multicast: ask('multicast', groups[place.family]),
        broadcast: ask('broadcast', place.broadcastAddress),
      });
    }
    const questions = asked.flatMap(({ multicast, broadcast }) => [multicast, broadcast]);
    await this.#inquiry.ask(questions.filter(isThere), () => false);
    return asked;
  }

  #linkFacts({ place, openFailure, multicast, broadcast }: Asked, ears: Ears): LinkFacts {
    const trial = (question: Question | undefined): Trial | undefined =>
      question && {
        address: question.address,
        failure: question.failure,
        heard: this.#inquiry.hearing.heardOwn(question.nonce),
      };
    return {
      place,
      listening: ears.hears(place.family),
      joinFailure: ears.joinFailure(place),
      openFailure,
      multicast: trial(multicast),
      broadcast: trial(broadcast),
    };
  }

  /** For each interface in use, what would happen to answers to its neighbours. */
  #traceRoutes(): Promise<RouteFacts[][]> {
    const places = this.#used.filter(({ address }) => !this.#isLoopback(address));
    return Promise.all(
      places.map((place) => {
        const info = this.#table[place.name]?.find(({ address }) => address === place.address);
        return Promise.all(
          neighbours(info?.cidr ?? '').map((neighbour) => this.#trace(place, neighbour)),
        );
      }),
    );
  }

  async #trace(place: UdpInterface, neighbour: string): Promise<RouteFacts> {
    const { port } = this.#settings;
    const { family } = place;
    try {
      const address = await this.#system.addressTowards({ address: neighbour, port, family });
      const interfaces = Object.entries(this.#table)
        .filter(([, infos = []]) => infos.some((info) => info.address === address))
        .map(([name]) => name);
      return { place, neighbour, failure: undefined, local: { address, interfaces } };
    } catch (error) {
      return { place, neighbour, failure: errorCode(error), local: undefined };
    }
  }

  // --- Others ---------------------------------------------------------------------------------

  /** Asks stations on other computers, each by itself; and one on each interface for an answer to everyone. */
  async #askEachAlone(): Promise<Map<Station, Question>> {
    const asked = new Map<Station, Question>();
    const answeredToAll = new Set<string | undefined>();
    const others = this.#inquiry.hearing.stations
      .filter(({ endpoint }) => !this.#isOwn(endpoint.address))
      // Who answers already shows more than who is only heard.
      .toSorted((a, b) => b.answers.size - a.answers.size);
    for (const station of others.slice(0, STATIONS_ASKED_MAX)) {
      const { endpoint } = station;
      const [network] = this.#neighbourhood.surroundings.locate(endpoint.address).interfaces;
      const voice = this.#inquiry.voiceTo(endpoint);
      if (voice === undefined) continue;
      asked.set(
        station,
        this.#inquiry.question(voice, 'unicast', endpoint, !answeredToAll.has(network)),
      );
      answeredToAll.add(network);
    }
    await this.#inquiry.ask([...asked.values()], () =>
      Array.from(asked).every(
        ([{ answers, heardInGroup }, { nonce, toGroup }]) =>
          answers.has(nonce) && (heardInGroup || !toGroup),
      ),
    );
    return asked;
  }

  async #askSeeds(): Promise<SeedFacts[]> {
    const { seeds } = this.#settings;
    const families = new Set(seeds.map(({ family }) => family));
    for (const family of families) await this.#inquiry.openVoice(ANYWHERE[family]);
    const questions = seeds.map((seed) => {
      const voice = this.#inquiry.voiceTo(seed);
      return voice && this.#inquiry.question(voice, 'unicast', seed);
    });
    const isAnswered = (question: Question | undefined): boolean =>
      question !== undefined && this.#inquiry.hearing.isAnswered(question.nonce);
    const there = questions.filter(isThere);
    await this.#inquiry.ask(there, () => there.every(isAnswered));
    return questions.map((question, at) => ({
      seed: this.#options.seeds?.[at] ?? '',
      failure: question === undefined ? 'ENETUNREACH' : question.failure,
      answered: isAnswered(question),
    }));
  }

  #peerFacts(
    everyone: readonly (Question | undefined)[],
    alone: ReadonlyMap<Station, Question>,
  ): PeerFacts[] {
    const questions = [...everyone, ...alone.values()].filter(isThere);
    const used = new Set(this.#used.map(({ name }) => name));
    return this.#inquiry.hearing.stations.map((station) => {
      const { endpoint, name, domainTag: tag, answers, heardInGroup } = station;
      const { interfaces } = this.#neighbourhood.surroundings.locate(endpoint.address);
      // Who is known by IPv4 gets group messages by IPv4: that IPv6 reaches it, too, is no use.
      const answered = questions.filter(
        ({ nonce, way, family }) =>
          answers.has(nonce) && (way !== 'multicast' || family === endpoint.family),
      );
      return {
        name,
        address: endpoint.address,
        sameComputer: this.#isOwn(endpoint.address),
        onLink: interfaces.some((each) => used.has(each)),
        domainTag: tag,
        answered: new Set(answered.map(({ way }) => way)),
        heardInGroup,
        asked: alone.has(station),
        askedForGroup: alone.get(station)?.toGroup === true,
      };
    });
  }

  #isOwn(address: string): boolean {
    const [bits] = address.split('%');
    return Object.values(this.#table).some((infos) => infos?.some((info) => info.address === bits));
  }

  #isLoopback(address: string): boolean {
    return this.#neighbourhood.surroundings
      .locate(address)
      .interfaces.every((name) => this.#table[name]?.some(({ internal }) => internal));
  }
}

/** In words, for errors. */
const WHAT = 'The examination';

function isThere<Value>(value: Value | undefined): value is Value {
  return value !== undefined;
}
