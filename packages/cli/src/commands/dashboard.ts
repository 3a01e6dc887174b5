import type { Command } from '../command.ts';
import { defined } from '../defined.ts';
import { joinFor, whereabouts } from '../join.ts';
import { securityFor } from '../security.ts';
import type { Session } from '../session.ts';

/** Where the page's files lie: as they were written, and as they were compiled. */
const DIRECTORIES = [
  new URL('../../src/page/', import.meta.url),
  new URL('../../dist/page/', import.meta.url),
];

export const dashboard: Command = {
  name: 'dashboard',
  topic: 'what goes on',
  operands: ['[SERVICE…]'],
  summary: 'the network as a picture, in a browser',
  details:
    'Serves a page that shows who is there, by which interfaces and transports, who watches whom, who came and went, how ' +
    'many datagrams pass and why some are dropped; with --transport netbios the computers of Windows and Samba, too. ' +
    'Open services are found by themselves; SERVICE gives them their names, and is needed where there is a secret. The ' +
    'page is for this computer alone unless --listen names an address, and for whoever has its address with the token.',
  examples: ['mailslot dashboard', 'mailslot dashboard tanks --transport udp --transport netbios'],
  options: ['listen', 'http-port', 'secret', 'encrypt', 'signed'],
  lasting: true,
  run: runDashboard,
};

async function runDashboard(session: Session): Promise<void> {
  const { options, operands, output } = session;
  const { listen: host, 'http-port': port } = options;
  // Loaded only now: RxJS takes a tenth of a second, which other commands need not wait for.
  const { Observatory } = await import('../dashboard/observatory.ts');
  const { servePage } = await import('@mailslot/page');
  const security = await securityFor(session);
  await using network = await joinFor(session, 'network');
  let fail!: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  await using observatory = await Observatory.open(network, operands, security, fail);
  const { pictures$: state$ } = observatory;
  await using page = await servePage({
    directories: DIRECTORIES,
    state$,
    ...defined({ host, port }),
  });
  await session.record({ time: new Date().toISOString(), url: page.url });
  if (!options.json) await output.write(page.url);
  session.begin(`Open it in a browser. Looking ${whereabouts(network)}. Ctrl-C ends.`);
  await Promise.race([session.ended, failed]);
}
