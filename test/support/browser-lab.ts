/** A subnet with Samba hosts and browsers of ours, for one test. */

import type { NetbiosOptions } from '@mailslot/core/netbios';
import type { StartBrowserOptions } from '@mailslot/discovery/browser';

import type {
  BrowserActions,
  BrowserEvent,
  BrowserProgramOptions,
} from '../interop/children/browser.ts';
import { until } from './real-time.ts';
import { RemoteProgram } from './remote-program.ts';
import { type LabHost, type Samba, SambaLan, WORKGROUP } from './samba.ts';

const SCRIPT = new URL('../interop/children/browser.ts', import.meta.url);

export class BrowserLab implements AsyncDisposable {
  readonly lan: SambaLan;
  readonly #browsers: OurBrowser[] = [];

  constructor(lan: SambaLan = new SambaLan()) {
    this.lan = lan;
  }

  /** Starts a browser of ours on a host of its own, or on that one. */
  browser(
    computerName: string,
    browser: StartBrowserOptions = {},
    { on, netbios = {} }: { readonly on?: LabHost; readonly netbios?: NetbiosOptions } = {},
  ): Promise<OurBrowser> {
    return this.#start({ computerName, domain: WORKGROUP, browser, netbios }, on);
  }

  /** Starts a program that takes no part, and only lists. */
  lister(computerName: string): Promise<OurBrowser> {
    return this.#start({ computerName, domain: WORKGROUP });
  }

  async #start(options: BrowserProgramOptions, at?: LabHost): Promise<OurBrowser> {
    const on = at ?? (await this.lan.host());
    const program = await RemoteProgram.start<BrowserActions, BrowserEvent>(
      SCRIPT,
      options,
      on.host,
    );
    const started = new OurBrowser(program, on);
    this.#browsers.push(started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#browsers.map(({ program }) => program.kill()));
    await this.lan[Symbol.asyncDispose]();
  }
}

export class OurBrowser {
  readonly program: RemoteProgram<BrowserActions, BrowserEvent>;
  readonly on: LabHost;

  constructor(program: RemoteProgram<BrowserActions, BrowserEvent>, on: LabHost) {
    this.program = program;
    this.on = on;
  }

  async isMaster(): Promise<boolean> {
    const role = await this.program.call('role');
    return role === 'local-master' || role === 'domain-master';
  }

  /** Resolves when it is the local master browser: some 8 s after its start, if nobody beats it. */
  async becomesMaster(withinMs: number = 60_000): Promise<void> {
    await until(() => this.isMaster(), withinMs);
  }

  async hostNames(): Promise<string[]> {
    const hosts = await this.program.call('hosts');
    return (hosts ?? []).map(({ name }) => name);
  }
}

/** Whether nmbd believes, at the end of what it has logged, that it is the local master. */
export function isMaster({ log, name }: Samba): boolean {
  const rose = log.lastIndexOf(`${name} is now a local master browser`);
  const fell = log.lastIndexOf(`${name} has stopped being a local master browser`);
  return rose > fell;
}
