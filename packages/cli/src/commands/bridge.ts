import type { Host, ShownPeer } from '@mailslot/discovery/browser';

import { type Change, changesBetween } from '../changes.ts';
import { pad } from '../columns.ts';
import type { Command } from '../command.ts';
import { defined } from '../defined.ts';
import { hostJson, hostText, NAME_CELLS } from '../host-result.ts';
import { joinOver, whereabouts } from '../join.ts';
import { runLanBridge } from '../lan-bridge.ts';
import type { Style } from '../paint.ts';
import { peerJson } from '../presence-result.ts';
import { printable } from '../printable.ts';
import type { Result, Session } from '../session.ts';
import { timeOfDay } from '../time-of-day.ts';
import { UsageError } from '../usage-error.ts';

export const bridge: Command = {
  name: 'bridge',
  topic: 'Windows and Samba',
  operands: ['[SERVICE]'],
  summary: 'join a service with a Windows or Samba network, or with other LANs',
  details:
    'With --from udp --to nats it joins the peers of the service on this LAN with those on a NATS server, and so with all ' +
    'LANs that have such a bridge; it says which other bridges come (up) and go (down), and needs no secret. Without, it ' +
    'shows the peers of SERVICE as computers on the list of Windows and Samba (shown), and the computers there as peers ' +
    'of SERVICE (guest); says who comes (up), changes (update) and goes (down). It takes part as a ' +
    'browser, as browse does, and needs the ports 137, 138 and 139.',
  examples: [
    'mailslot bridge tanks',
    'mailslot bridge tanks --domain OFFICE --json',
    'mailslot bridge --from udp --to nats --service tanks --nats tls://example.org',
  ],
  options: ['from', 'to', 'service', 'comment', 'secret', 'encrypt'],
  lasting: true,
  run: runBridge,
};

const STYLES: Readonly<Record<Change, Style>> = { up: 'green', update: 'yellow', down: 'red' };

const CHANGE_CELLS = 'update'.length;

const KIND_CELLS = 'shown'.length;

async function runBridge(session: Session): Promise<void> {
  const { from, to, transport } = session.options;
  const service = serviceOf(session);
  if (transport.length > 0) {
    throw new UsageError(
      'A bridge takes no --transport: it is between netbios and udp, or --from udp --to nats.',
    );
  }
  if (from === undefined && to === undefined) return runClassicBridge(service, session);
  if (from !== 'udp' || to !== 'nats') {
    throw new UsageError('A bridge between LANs is --from udp --to nats.');
  }
  await runLanBridge(service, session);
}

/** Said as an operand or by an option. */
function serviceOf({ operands, options }: Session): string {
  const [service = options.service] = operands;
  if (service === undefined) throw new UsageError('bridge needs SERVICE, or --service NAME.');
  return service;
}

async function runClassicBridge(service: string, session: Session): Promise<void> {
  const { options, output, environment, signal } = session;
  // Loaded only now: RxJS takes a tenth of a second, which other commands need not wait for.
  const { startBridge, startBrowser } = await import('@mailslot/discovery/browser');
  await using classic = await joinOver(session, ['netbios']);
  await using network = await joinOver(session, ['udp']);
  await using browser = await startBrowser(classic, defined({ comment: options.comment }));
  const secret = options.secret ?? environment.secret;
  const security = defined({ secret, encrypt: options.encrypt });
  await using bridged = await startBridge(service, { browser, network, signal, ...security });
  session.begin(`Bridging ${service} ${whereabouts(classic)}. Ctrl-C ends.`);
  for (const { problems$ } of [browser, bridged]) {
    problems$.subscribe(({ message, code }) => output.note(`${message} (${code})`));
  }
  const shown = follow<ShownPeer>((change, one) => session.report(shownResult(change, one)));
  const guests = follow<Host>((change, one) => session.report(guestResult(change, one)));
  const following = [bridged.shown$.subscribe(shown), bridged.guests$.subscribe(guests)];
  await session.ended;
  for (const one of following) one.unsubscribe();
}

/** Tells what is different in each list from the one before. */
function follow<Entry extends { readonly name: string }>(
  tell: (change: Change, entry: Entry) => Promise<void>,
): (list: readonly Entry[]) => void {
  let known: ReadonlyMap<string, Entry> = new Map();
  return (list) => {
    const now = new Map(list.map((entry) => [entry.name, entry]));
    for (const [change, entry] of changesBetween(known, now)) void tell(change, entry);
    known = now;
  };
}

function shownResult(change: Change, { name, peer }: ShownPeer): Result {
  return result(change, 'shown', { name, peer: peerJson(peer) }, (paint) =>
    [paint('bold', pad(name, NAME_CELLS)), printable(peer.name)].join('  '),
  );
}

function guestResult(change: Change, host: Host): Result {
  return result(change, 'guest', { host: hostJson(host) }, (paint) => hostText(host, paint));
}

function result(
  type: Change,
  kind: 'shown' | 'guest',
  about: object,
  words: Result['text'],
): Result {
  const now = Date.now();
  return {
    json: () => ({ time: new Date(now).toISOString(), type, kind, ...about }),
    text: (paint) =>
      [
        paint('dim', timeOfDay(now)),
        paint(STYLES[type], pad(type, CHANGE_CELLS)),
        pad(kind, KIND_CELLS),
        words(paint),
      ].join('  '),
  };
}
