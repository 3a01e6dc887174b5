import type { Network } from '@mailslot/core';
import {
  type Address,
  type Datagram,
  domainTag,
  slotPath,
  switchboardOf,
} from '@mailslot/core/internal';
import { describeMessage } from '@mailslot/discovery/internal';

import { pad } from '../columns.ts';
import type { Command } from '../command.ts';
import { joinFor, whereabouts } from '../join.ts';
import { payloadJson, payloadText } from '../payload.ts';
import { PRESENCE_SLOT, presenceJson } from '../presence-json.ts';
import { printable } from '../printable.ts';
import type { Result, Session } from '../session.ts';
import { preciseTimeOfDay } from '../time-of-day.ts';

/** Of a text: what fits two lines of a terminal. */
const TEXT_CHARACTERS_MAX = 160;

const SOURCE_CELLS = '255.255.255.255'.length;

/** Most are shorter; a longer one pushes the rest of its line aside. */
const TARGET_CELLS = '\\\\ANN-PC\\mailslot\\LOBBY'.length;

const SIZE_CELLS = '65536'.length;

export const monitor: Command = {
  name: 'monitor',
  operands: [],
  summary: 'decode all mailslot traffic',
  details:
    'Shows every message on the network that reaches this computer, of all domains and mailslots, and says what ' +
    'presence messages mean. A message that comes by two ways is shown twice.',
  examples: ['mailslot monitor', "mailslot monitor --json | jq 'select(.presence)'"],
  options: [],
  lasting: true,
  run: runMonitor,
};

async function runMonitor(session: Session): Promise<void> {
  const { output } = session;
  await using network = await joinFor(session, 'lan');
  const switchboard = switchboardOf(network);
  // A station that listens to nothing hears nothing.
  await switchboard.subscribe(slotPath(PRESENCE_SLOT), () => {});
  let leftOut = 0;
  const untap = switchboard.tap((datagram) => {
    if (output.isBehind) leftOut++;
    else void session.report(resultOf(datagram, network, Date.now()));
  });
  session.begin(`Monitoring ${whereabouts(network)}. Ctrl-C ends.`);
  await session.ended;
  untap();
  if (leftOut > 0) output.note(`${leftOut} messages were left out: the output is read too slowly.`);
}

function resultOf(datagram: Datagram, network: Network, now: number): Result {
  const { source, station, sequence, from, address, slot, data } = datagram;
  const to = `\\\\${scopeOf(address, network)}\\mailslot\\${slot}`;
  const isPresence = slot === PRESENCE_SLOT;
  return {
    json: () => ({
      time: new Date(now).toISOString(),
      transport: source.transport,
      source: source.address,
      interfaces: source.interfaces,
      station: Buffer.from(station, 'latin1').toString('hex'),
      sequence,
      from,
      to,
      slot,
      ...payloadJson(data),
      presence: isPresence ? presenceJson(data) : undefined,
    }),
    text: (paint) =>
      [
        paint('dim', preciseTimeOfDay(now)),
        paint('cyan', pad(printable(source.address ?? source.id), SOURCE_CELLS)),
        pad(printable(to), TARGET_CELLS),
        String(data.length).padStart(SIZE_CELLS),
        isPresence ? describeMessage(data) : payloadText(data, paint, TEXT_CHARACTERS_MAX),
        ...(from === '' ? [] : [paint('dim', `from ${printable(from)}`)]),
      ].join('  '),
  };
}

/** Of another domain a datagram has only the tag. */
function scopeOf(address: Address, { domain }: Network): string {
  switch (address.kind) {
    case 'domain':
      return address.tag === domainTag(domain)
        ? '*'
        : `#${address.tag.toString(16).padStart(8, '0')}`;
    case 'name':
      return address.name;
    case 'direct':
      return '.';
  }
}
