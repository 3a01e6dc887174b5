/** What refusals of the operating system mean, and what to do about them, on each system. */

import type { Remedy } from './finding.ts';

/** `EACCES` and the like, of a call that failed; undefined for one that did not. */
export type Failure = string | undefined;

/** What it means that the system would not send, or not open the socket to send from. */
export function refusal(code: string, platform: NodeJS.Platform): Required<Remedy> {
  return (platform === 'darwin' && MACOS_REFUSALS[code]) || REFUSALS[code] || UNKNOWN_REFUSAL;
}

/** macOS 15 and later ask the user before a program may use the local network, and say this until it may. */
const LOCAL_NETWORK_PRIVACY: Required<Remedy> = {
  meaning:
    'macOS keeps this program from the local network, or knows no way there. From version 15 on it asks once for each program, and for what a terminal starts it asks in the name of the terminal.',
  advice:
    'Allow the program, or your terminal, under System Settings > Privacy & Security > Local Network, and start it again. An app needs NSLocalNetworkUsageDescription in its Info.plist.',
};

const MACOS_REFUSALS: Readonly<Record<string, Required<Remedy>>> = {
  EHOSTUNREACH: LOCAL_NETWORK_PRIVACY,
  EPERM: LOCAL_NETWORK_PRIVACY,
};

const UNKNOWN_REFUSAL: Required<Remedy> = {
  meaning: 'The operating system does not send from here.',
  advice: 'Look whether the interface is up and has an address, or leave it out.',
};

const REFUSALS: Readonly<Record<string, Required<Remedy>>> = {
  EACCES: {
    meaning:
      'The operating system forbids this program to send: a sandbox, a security module or a firewall does.',
    advice:
      'Allow the program UDP: in the settings of its sandbox (Snap, Flatpak, AppArmor, SELinux), or in the firewall.',
  },
  EPERM: {
    meaning: 'A firewall on this computer drops what it sends: a rule for outgoing packets does.',
    advice:
      'Allow outgoing UDP to the group and the port; see nft list ruleset or iptables -L OUTPUT.',
  },
  EHOSTUNREACH: {
    meaning: 'The system knows no way there: a route says so, or nobody answers for the address.',
    advice: 'Look at the routes: ip route, netstat -rn or route print.',
  },
  ENETUNREACH: {
    meaning: 'No route leads there.',
    advice:
      'Look at the routes: ip route, netstat -rn or route print. A VPN may have taken them over.',
  },
  ENETDOWN: {
    meaning: 'The interface has gone down.',
    advice: 'Bring it up. Mailslot takes it up again by itself.',
  },
  ENODEV: {
    meaning: 'The interface has gone, or takes no multicast.',
    advice: 'Leave it out, or look at it with ip link.',
  },
  EADDRNOTAVAIL: {
    meaning: 'The interface has lost its address, or the address is not usable yet.',
    advice: 'Try again in a moment. Mailslot does so by itself.',
  },
  EADDRINUSE: {
    meaning: 'Every port of the range to send from is taken on this address.',
    advice: 'Widen the port range: it needs a port for each interface and program.',
  },
  ENOBUFS: {
    meaning: 'The operating system has no room for more packets.',
    advice: 'Try again when the network is less busy.',
  },
  EMFILE: {
    meaning: 'This process has too many open files.',
    advice: 'Raise the limit: ulimit -n.',
  },
};

/** How to let datagrams to a port in. */
export function allowPort(port: number, platform: NodeJS.Platform): string {
  if (platform === 'win32') {
    return (
      `In PowerShell as administrator: New-NetFirewallRule -DisplayName Mailslot -Direction Inbound -Protocol UDP -LocalPort ${port} -Profile Private -Action Allow. ` +
      'And see that the network counts as private: Get-NetConnectionProfile.'
    );
  }
  if (platform === 'darwin') {
    return 'Allow incoming connections for node, or for your app, under System Settings > Network > Firewall > Options.';
  }
  return `Let UDP port ${port} in: sudo ufw allow ${port}/udp, or sudo firewall-cmd --add-port=${port}/udp, or a rule in nft list ruleset.`;
}

/** How to find out who has a port. */
export function whoHasPort(port: number, platform: NodeJS.Platform): string {
  if (platform === 'win32') {
    return `Get-Process -Id (Get-NetUDPEndpoint -LocalPort ${port}).OwningProcess`;
  }
  return platform === 'darwin' ? `sudo lsof -nP -iUDP:${port}` : `sudo ss -lunp sport = :${port}`;
}
