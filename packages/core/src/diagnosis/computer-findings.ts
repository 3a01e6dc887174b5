/** What is said of the computer itself: its surroundings, its own mailslots, its ports. */

import type { Family } from '../transports/udp/interfaces.ts';
import { fine, type Finding, type Subject, unclear, wrong } from './finding.ts';
import { allowPort, type Failure, whoHasPort } from './remedies.ts';

/** What this process runs in. */
export interface Environment {
  /** As `uname -r` says it. */
  readonly release: string;
  /** Whether this looks like a container, which may have a network of its own. */
  readonly container: boolean;
}

export function environmentFinding(
  { release, container }: Environment,
  platform: NodeJS.Platform,
): Finding {
  const subject: Subject = { check: 'environment' };
  const system = `${platform} ${release}`;
  if (/microsoft/i.test(release)) {
    return unclear(subject, `${system}: Windows Subsystem for Linux`, {
      meaning:
        'WSL 2 has a network of its own behind Windows: multicast of the LAN never gets in, unless its network is mirrored and the Hyper-V firewall allows it.',
      advice:
        "Set networkingMode=mirrored under [wsl2] in .wslconfig, then in PowerShell as administrator: Set-NetFirewallHyperVVMSetting -Name '{40E0AC32-46A5-438A-A0B2-2B479E8F2E90}' -DefaultInboundAction Allow. Or run on Windows itself.",
    });
  }
  if (container) {
    return unclear(subject, `${system}, in a container`, {
      meaning:
        "On a network of the container engine's own, such as Docker's bridge, only containers of the same network are reached.",
      advice:
        'To reach the LAN, share the network of the host (docker run --network host) or use macvlan; to reach single hosts, name them: --seed ADDRESS.',
    });
  }
  return fine(subject, system);
}

/** `problem` is what a trial of this computer's own mailslots ended with. */
export function localFinding(problem: Error | undefined): Finding {
  const subject: Subject = { check: 'local' };
  if (problem === undefined) return fine(subject, 'a mailslot was created, written to and read');
  return wrong(subject, problem.message, {
    meaning:
      'Programs of this computer cannot use mailslots among themselves. The LAN does not depend on it.',
    advice:
      'The directory must be yours alone, with mode 700: remove it, or choose another with XDG_RUNTIME_DIR or local({ directory }).',
  });
}

/** The ports of Windows' own mailslots, on NetBIOS. */
export const CLASSIC_PORTS: readonly number[] = [137, 138];

/** Why each of the {@link CLASSIC_PORTS} could not be had. They matter to those only who speak with Windows and Samba. */
export function classicPortsFinding(failures: readonly Failure[]): Finding {
  const subject: Subject = { check: 'classic-ports' };
  const ports = CLASSIC_PORTS.map(
    (port, at) => `${port} ${SAID[failures[at] ?? ''] ?? failures[at]}`,
  );
  const detail = `UDP ${ports.join(', ')}`;
  if (failures.every((failure) => failure === undefined)) return fine(subject, detail);
  const meaning =
    'Only classic mailslots, those of Windows and Samba, need these ports. Nothing else here does.';
  if (failures.includes('EACCES') || failures.includes('EPERM')) {
    return unclear(subject, detail, {
      meaning,
      advice:
        'If you need them: sudo setcap cap_net_bind_service=+ep on the node binary, or sysctl net.ipv4.ip_unprivileged_port_start=137.',
    });
  }
  return unclear(subject, detail, {
    meaning,
    advice:
      'If you need them, end what holds them: nmbd of Samba, or NetBIOS over TCP/IP of Windows.',
  });
}

const SAID: Readonly<Record<string, string>> = {
  '': 'free',
  EACCES: 'not for this user',
  EPERM: 'not for this user',
  EADDRINUSE: 'held by another program',
};

/** How the port that all stations share could be had. */
export interface PortFacts {
  readonly port: number;
  readonly platform: NodeJS.Platform;
  readonly failures: ReadonlyMap<Family, Failure>;
}

/** A family that the computer does not have is not wrong, as long as there is the other. */
const NO_FAMILY: ReadonlySet<Failure> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

export function portFindings({ port, platform, failures }: PortFacts): Finding[] {
  const subject: Subject = { check: 'port' };
  const one = [...failures.values()].includes(undefined);
  return Array.from(failures, ([family, code]) => {
    const what = `UDP ${port} on ${family}`;
    if (code === undefined) return fine(subject, `${what} can be shared with other programs`);
    if (NO_FAMILY.has(code) && one)
      return unclear(subject, `this computer has no ${family} (${code})`);
    return wrong(subject, `${what} cannot be had (${code})`, portRemedy(code, port, platform));
  });
}

function portRemedy(
  code: string,
  port: number,
  platform: NodeJS.Platform,
): { meaning: string; advice: string } {
  if (code === 'EADDRINUSE') {
    return {
      meaning:
        'Another program holds the port and does not share it: nothing can be received. It is no Mailslot, which shares.',
      advice: `Find it with ${whoHasPort(port, platform)} and end it; or choose another port, the same for all stations: --udp-port PORT.`,
    };
  }
  if ((code === 'EACCES' || code === 'EPERM') && port < 1024) {
    return {
      meaning: 'Ports below 1024 need privileges.',
      advice: 'Choose a port from 1024 on, the same for all stations: --udp-port PORT.',
    };
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      meaning:
        'The operating system does not give this port to this program; on Windows, Hyper-V may have reserved it.',
      advice:
        platform === 'win32'
          ? 'See netsh int ipv4 show excludedportrange udp, and choose another port, the same for all stations: --udp-port PORT.'
          : `${allowPort(port, platform)} A sandbox (Snap, Flatpak, AppArmor, SELinux) may forbid it too.`,
    };
  }
  return {
    meaning: 'Nothing can be received without the port.',
    advice: `See who has it: ${whoHasPort(port, platform)}.`,
  };
}
