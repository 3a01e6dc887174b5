/** A program of ours on a host of a LAN of namespaces: its test calls what it offers, and sees what it tells. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Host } from './lan.ts';
import { until } from './real-time.ts';
import type { Call, Report } from './remote-service.ts';

const TEST_PACKAGE = fileURLToPath(new URL('..', import.meta.url));

type Actions = Readonly<Record<string, (...args: any[]) => unknown>>;

/** `Offered` is the type of what the script's `serve()` offers, `Event` of what it hands to `tell()`. */
export class RemoteProgram<Offered extends Actions, Event = never> implements AsyncDisposable {
  /** All it has told, oldest first. */
  readonly events: Event[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #waiting = new Map<number, (report: Report) => void>();
  #calls = 0;

  /**
   * Starts a script, which hands `options` to what it serves. Resolves once it serves; rejects if it ends before.
   * Without a host it runs on this computer. `through` is put before the command, as in `sudo`.
   */
  static async start<Offered extends Actions, Event = never>(
    script: URL,
    options: unknown,
    host?: Host,
    through: readonly string[] = [],
  ): Promise<RemoteProgram<Offered, Event>> {
    const node = ['--conditions=@mailslot/source', '--import', 'tsx', fileURLToPath(script)];
    const program = [...through, process.execPath, ...node, JSON.stringify(options)] as const;
    const [command, ...args] = host?.command(...program) ?? program;
    const child = spawn(command, args, {
      cwd: TEST_PACKAGE,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    const started = new RemoteProgram<Offered, Event>(child);
    try {
      await started.#reported(0);
      return started;
    } catch (error) {
      await started.kill();
      throw error;
    }
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
    child.on('message', (report: Report) => {
      if (report.kind === 'event') this.events.push(report.event as Event);
      else this.#waiting.get(report.call)?.(report);
    });
  }

  /** Calls what it offers. What that throws, this rejects with, as text. */
  async call<Name extends keyof Offered & string>(
    action: Name,
    ...args: Parameters<Offered[Name]>
  ): Promise<Awaited<ReturnType<Offered[Name]>>> {
    const call = ++this.#calls;
    const reported = this.#reported(call);
    this.#child.send({ call, action, args } satisfies Call);
    return (await reported) as Awaited<ReturnType<Offered[Name]>>;
  }

  /** Resolves with the first event of that kind, waiting for it if need be. */
  async told(matches: (event: Event) => boolean, withinMs: number = 10_000): Promise<Event> {
    await until(() => this.events.some(matches), withinMs);
    return this.events.find(matches)!;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  async #reported(call: number): Promise<unknown> {
    const report = await new Promise<Report>((resolve, reject) => {
      this.#waiting.set(call, resolve);
      void this.#exited.then(() => reject(new Error('The program has ended.')));
    });
    this.#waiting.delete(call);
    if (report.kind === 'failed') throw new Error(report.error);
    return report.kind === 'done' ? report.value : undefined;
  }
}
