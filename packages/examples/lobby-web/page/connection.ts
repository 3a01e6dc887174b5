/** The wire to the program that serves this page: its states, and commands for it. */

import type { View } from '../src/view.ts';
import type { Command } from '../src/wire/command.ts';

/** The program printed it as part of the address; browsers send it nowhere by themselves. */
const token = location.hash.slice(1);

/** Calls back with each state; with undefined while the program cannot be reached. */
export function follow(show: (view: View | undefined) => void): void {
  const states = new EventSource(`/state?token=${encodeURIComponent(token)}`);
  states.addEventListener('message', ({ data }) => {
    // The program's own view: both are built from one type.
    const view: View = JSON.parse(String(data));
    show(view);
  });
  states.addEventListener('error', () => show(undefined));
}

/** Asks the program for something. Resolves with what speaks against it, if anything does. */
export async function ask(command: Command): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  try {
    const body = JSON.stringify(command);
    const answer = await fetch('/command', { method: 'POST', headers, body });
    if (answer.ok) return undefined;
    if (answer.status !== 422) return `The program refuses (${answer.status}).`;
    const { error }: { error: string } = await answer.json();
    return error;
  } catch {
    return 'The program cannot be reached.';
  }
}
