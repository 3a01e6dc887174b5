/** All that the program can do. */

import type { Command } from './command.ts';
import { alert } from './commands/alert.ts';
import { alerter } from './commands/alerter.ts';
import { announce } from './commands/announce.ts';
import { bridge } from './commands/bridge.ts';
import { browse } from './commands/browse.ts';
import { completion } from './commands/completion.ts';
import { dashboard } from './commands/dashboard.ts';
import { doctor } from './commands/doctor.ts';
import { hosts } from './commands/hosts.ts';
import { listen } from './commands/listen.ts';
import { messenger } from './commands/messenger.ts';
import { monitor } from './commands/monitor.ts';
import { netSend } from './commands/net-send.ts';
import { peers } from './commands/peers.ts';
import { send } from './commands/send.ts';

export const COMMANDS: readonly Command[] = [
  listen,
  send,
  announce,
  peers,
  monitor,
  dashboard,
  doctor,
  browse,
  hosts,
  bridge,
  netSend,
  messenger,
  alert,
  alerter,
  completion(() => COMMANDS),
];
