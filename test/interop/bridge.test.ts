/** Bridges between native peers and a Samba master: who sees whom, and that nobody is carried back. */

import { describe, expect, test } from 'vitest';

import { BrowserLab } from '../support/browser-lab.ts';
import { ProgramOn } from '../support/program-on.ts';
import { until } from '../support/real-time.ts';
import { GONE_MS, LISTED_MS, needsSamba, type Samba, WORKGROUP } from '../support/samba.ts';

/** A bridge looks at the list every 15 s. */
const GUEST_MS = 40_000;

const able = needsSamba();

const common = ['--json', '--domain', WORKGROUP];

async function bridge(lab: BrowserLab, computer: string): Promise<ProgramOn> {
  const { host } = await lab.lan.host();
  const program = new ProgramOn(host, ['bridge', 'tanks', '--computer', computer, ...common]);
  await until(() => program.err.includes('Ctrl-C ends'), 20_000);
  return program;
}

/** A native peer, which tells whom it sees. */
async function announce(lab: BrowserLab): Promise<ProgramOn> {
  const { host } = await lab.lan.host();
  const own = ['--name', 'Ann', '--port', '4711', '--computer', 'ANNS'];
  const program = new ProgramOn(host, ['announce', 'tanks', ...own, ...common]);
  await until(() => program.err.includes('Ctrl-C ends'), 20_000);
  return program;
}

async function sambaMaster(lab: BrowserLab): Promise<Samba> {
  const config = { 'os level': '65', 'preferred master': 'yes' };
  const samba = await lab.lan.samba({ name: 'SAMBA', smbd: true, config });
  await samba.becomesMaster();
  return samba;
}

interface PresenceLine {
  readonly type: string;
  readonly peer: { readonly id: string; readonly name: string; readonly info: unknown };
}

/** The peers that a program sees now, by what it has told. */
function peersOf({ out }: ProgramOn): PresenceLine['peer'][] {
  const peers = new Map<string, PresenceLine['peer']>();
  const lines = out.split('\n').slice(1, -1);
  for (const line of lines) {
    const { type, peer } = JSON.parse(line) as PresenceLine;
    if (type === 'down') peers.delete(peer.id);
    else peers.set(peer.id, peer);
  }
  return [...peers.values()];
}

function namesOf(program: ProgramOn): string[] {
  return peersOf(program)
    .map(({ name }) => name)
    .toSorted();
}

function listedBy(samba: Samba): string[] {
  return samba.browseList.map((line) => /^"([^"]*)"/.exec(line)![1]!).toSorted();
}

async function end(...programs: readonly ProgramOn[]): Promise<void> {
  for (const program of programs) program.end();
  for (const program of programs) expect(await program.exited).toBe(0);
}

describe.runIf(able).concurrent('a bridge', { timeout: 240_000 }, () => {
  test('shows a peer on the list of a Samba master while it is there, and Samba as a peer', async () => {
    await using lab = new BrowserLab();
    const samba = await sambaMaster(lab);
    const bridging = await bridge(lab, 'BRIDGE');
    const ann = await announce(lab);

    await until(() => listedBy(samba).includes('ANN'), LISTED_MS);
    const shown = await samba.run('smbclient', '-L', `//${samba.address}`, '-N', '-m', 'NT1');
    expect(shown).toMatch(/ANN\s+mailslot:tanks Ann 10\.77\.0\.\d+:4711/);

    await until(() => namesOf(ann).length > 0, GUEST_MS);
    expect(peersOf(ann)).toEqual([
      expect.objectContaining({
        name: 'SAMBA',
        info: {
          classic: expect.objectContaining({
            name: 'SAMBA',
            domain: WORKGROUP,
            comment: 'lab host SAMBA',
          }),
        },
      }),
    ]);
    expect(bridging.out).toMatch(/"type":"up","kind":"shown","name":"ANN"/);
    expect(bridging.out).toMatch(/"type":"up","kind":"guest","host":\{"name":"SAMBA"/);

    await end(ann);
    await until(() => !listedBy(samba).includes('ANN'), GONE_MS);
    await end(bridging);
  });

  test('carries nothing back, nor do two of them; each host is one peer', async () => {
    await using lab = new BrowserLab();
    const samba = await sambaMaster(lab);
    const bridges = [await bridge(lab, 'EAST'), await bridge(lab, 'WEST')];
    const ann = await announce(lab);
    const hosts = ['EAST', 'SAMBA', 'WEST'];
    await until(() => namesOf(ann).join() === hosts.join(), 90_000);
    await until(() => listedBy(samba).includes('ANN'), LISTED_MS);
    // Two looks of both bridges later, all is as it was.
    await new Promise((resolve) => {
      setTimeout(resolve, GUEST_MS);
    });
    expect(namesOf(ann)).toEqual(hosts);
    expect(listedBy(samba)).toEqual(['ANN', ...hosts, WORKGROUP].toSorted());

    // Who goes takes down what it carried; the other bridge carries it then.
    await end(bridges[0]!);
    await until(() => namesOf(ann).join() === 'SAMBA', 90_000);
    await until(() => listedBy(samba).includes('ANN'), 120_000);
    await end(ann, bridges[1]!);
  });
});
