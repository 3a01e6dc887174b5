/** avahi: mDNS as Linux has it, in C. A daemon on each host, and two programs in place of the application. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

import { until } from '../clock.ts';
import { SERVICE, SERVICE_PORT, type System } from '../system.ts';

const PATIENCE_MS = 10_000;

/** A daemon claims its host name, and only then publishes services. */
const CLAIMING_MS = 2_500;

/** In a directory of this host alone, see {@link prepare}. */
const BUS = '/run/bus';

const BUS_CONFIGURATION = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=${BUS}</listen>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>`;

const daemonConfiguration = (hostName: string): string => `[server]
host-name=${hostName}
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no`;

export const avahi: System = {
  async prepare({ name }) {
    // What `ip netns exec` started sees mounts of its own.
    await once(start('mount', ['-t', 'tmpfs', 'none', '/run']), 'exit');
    mkdirSync('/run/avahi-daemon');
    writeFileSync('/run/bus.conf', BUS_CONFIGURATION);
    writeFileSync('/run/avahi.conf', daemonConfiguration(name));
    start('dbus-daemon', ['--nofork', '--config-file=/run/bus.conf'], { daemon: true });
    await until(() => existsSync(BUS), PATIENCE_MS);
    const unconfined = ['--no-drop-root', '--no-chroot', '--no-rlimits'];
    start('avahi-daemon', ['-f', '/run/avahi.conf', ...unconfined], { daemon: true });
    await until(() => existsSync('/run/avahi-daemon/pid'), PATIENCE_MS);
    await setTimeout(CLAIMING_MS);
  },

  async join({ name }, info, sight) {
    const browser = start('avahi-browse', ['-r', '-p', '-k', `_${SERVICE}._tcp`]);
    /** A service is found once for each family of addresses. */
    const found = new Map<string, Set<string>>();
    createInterface({ input: browser.stdout! }).on('line', (line) => {
      const [event, device, family = '', other = ''] = line.split(';');
      if (device === 'lo') return;
      const families = found.get(other) ?? new Set();
      const known = families.size > 0;
      if (event === '=') families.add(family);
      if (event === '-') families.delete(family);
      found.set(other, families);
      if (!known && families.size > 0) sight.up(other);
      if (known && families.size === 0) sight.down(other);
    });
    const text = `revision=${info.revision}`;
    const type = `_${SERVICE}._tcp`;
    const publisher = start('avahi-publish', ['-s', name, type, String(SERVICE_PORT), text]);
    return {
      async close() {
        publisher.kill();
        browser.kill();
        await Promise.all([once(publisher, 'exit'), once(browser, 'exit')]);
      },
    };
  },
};

/** A daemon belongs to the host, not to the application: it lives on when that is killed. */
function start(program: string, args: readonly string[], { daemon = false } = {}): ChildProcess {
  return spawn('env', [`DBUS_SYSTEM_BUS_ADDRESS=unix:path=${BUS}`, program, ...args], {
    detached: daemon,
    stdio: ['ignore', daemon ? 'ignore' : 'pipe', 'ignore'],
  });
}
