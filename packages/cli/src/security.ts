/** What protects the peers of a service, and what a person is told of those that it keeps out. */

import { switchboardOf } from '@mailslot/core/internal';
import type { SecurityOptions, Watcher } from '@mailslot/discovery';

import { defined } from './defined.ts';
import type { Session } from './session.ts';

/** How soon a person learns that somebody was refused. */
const LOOK_MS = 1000;

/** What the options, and the environment, say of secrets and signatures. */
export async function securityFor({ options, environment }: Session): Promise<SecurityOptions> {
  const { createIdentity } = await import('@mailslot/discovery');
  return defined({
    secret: options.secret ?? environment.secret,
    encrypt: options.encrypt,
    identity: options.signed ? createIdentity() : undefined,
  });
}

/** Notes how much was refused: soon, then each time that it has doubled. Returns the way to note it for the last time. */
export function noteRefusals(watcher: Watcher, session: Session): () => void {
  const { clock } = switchboardOf(watcher.network);
  let noted = 0;
  const note = (least: number): void => {
    const { drops, strangers } = watcher.stats();
    const refused = drops.security ?? 0;
    if (refused === noted || refused < least) return;
    noted = refused;
    session.output.note(refusal(strangers, refused, session));
  };
  const look = (): void => {
    note(2 * noted);
    timer = clock.schedule(LOOK_MS, look);
  };
  let timer = clock.schedule(LOOK_MS, look);
  return () => {
    timer.cancel();
    note(0);
  };
}

function refusal(strangers: number, messages: number, { options, environment }: Session): string {
  const what = `Refused ${counted(strangers, 'stranger')} (${counted(messages, 'message')})`;
  const open = !options.signed && (options.secret ?? environment.secret) === undefined;
  if (open) return `${what}, who have a secret or sign: see --secret and --signed.`;
  return `${what}, who have another secret or none, or encrypt or sign otherwise.`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
