/** The systems compared. */

import { execFileSync } from 'node:child_process';

import type { System } from './system.ts';

interface Entry {
  readonly label: string;
  readonly load: () => Promise<System>;
  /** Programs it needs, and the Debian packages they are in. */
  readonly programs?: readonly string[];
  readonly packages?: string;
}

export const SYSTEM_NAMES = [
  'mailslot',
  'mailslot-lobby',
  'floor',
  'bonjour-service',
  'node-discover',
  'dnssd',
  'avahi',
  'serf',
] as const;

export type SystemName = (typeof SYSTEM_NAMES)[number];

const SYSTEMS: Readonly<Record<SystemName, Entry>> = {
  mailslot: {
    label: 'mailslot',
    load: async () => (await import('./systems/mailslot.ts')).standard,
  },
  'mailslot-lobby': {
    label: 'mailslot, `lobby()`',
    load: async () => (await import('./systems/mailslot.ts')).lobby,
  },
  floor: {
    label: 'floor: a bare socket',
    load: async () => (await import('./systems/floor.ts')).floor,
  },
  'bonjour-service': {
    label: 'bonjour-service',
    load: async () => (await import('./systems/bonjour-service.ts')).bonjourService,
  },
  'node-discover': {
    label: 'node-discover',
    load: async () => (await import('./systems/node-discover.ts')).nodeDiscover,
  },
  dnssd: {
    label: 'dnssd',
    load: async () => (await import('./systems/dnssd.ts')).dnssd,
  },
  avahi: {
    label: 'avahi (C)',
    load: async () => (await import('./systems/avahi.ts')).avahi,
    programs: ['avahi-daemon', 'avahi-publish', 'avahi-browse', 'dbus-daemon'],
    packages: 'avahi-daemon avahi-utils dbus',
  },
  serf: {
    label: 'serf (Go)',
    load: async () => (await import('./systems/serf.ts')).serf,
    programs: ['serf'],
    packages: 'serf',
  },
};

export function labelOf(name: SystemName): string {
  return SYSTEMS[name].label;
}

export function loadSystem(name: SystemName): Promise<System> {
  return SYSTEMS[name].load();
}

/** What has to be installed by hand before it can be measured, if anything. */
export function missingFor(name: SystemName): string | undefined {
  const { programs = [], packages } = SYSTEMS[name];
  return programs.every(isInstalled) ? undefined : packages;
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
