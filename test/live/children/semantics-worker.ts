/**
 * One of the processes of test/live/semantics.test.ts: it does with Mailslot what a case does with Windows.
 *
 * Arguments: the directory of the `local` transport, and the computer name.
 */

import { once } from 'node:events';
import { setImmediate, setTimeout } from 'node:timers/promises';

import { joinNetwork, local, type Mailslot, MailslotError, type Writer } from '@mailslot/core';

import { forkSource } from '../../support/fork-source.ts';
import {
  type Args,
  FOREVER,
  type Outcome,
  payload,
  type Values,
} from '../../support/windows-cases.ts';
import { answerCalls } from '../../support/worker.ts';

const [, , directory = '', computerName = ''] = process.argv;
const network = await joinNetwork({ computerName, transports: [local({ directory })] });

const JOIN_MS_MAX = 5000;

/** Windows lets any call be tried on any handle. Here the wrong one is no function, and so a TypeError. */
interface Handle {
  close(): unknown;
  read?: Mailslot['read'];
  info?: Mailslot['info'];
  share?: Mailslot['share'];
  setReadTimeout?: Mailslot['setReadTimeout'];
  write?: Writer['write'];
}

/** What the handles on one mailslot have in common. */
interface Queue {
  /** Messages that were read from it. */
  taken: number;
}

interface Background {
  readonly handle: string;
  readonly abort: AbortController;
  readonly outcome: Promise<Outcome>;
}

const handles = new Map<string, Handle>();
/** By the open handles on them. */
const queues = new Map<Handle, Queue>();
const backgrounds = new Map<string, Background>();

/** What a case calls, and what it may look at afterwards. */
const calls: Readonly<Record<string, (args: Args) => Values | Promise<Values>>> = {
  async create({ name, max, timeout, as }) {
    const options = { maxMessageSize: max ?? 0, readTimeoutMs: fromWindows(timeout ?? 0) };
    keep(as!, await network.createMailslot(name!, options), { taken: 0 });
    return { inherit: 0 };
  },
  dup({ h, as }) {
    keep(as!, use(h).share!(), queues.get(use(h))!);
    return {};
  },
  async open({ name, as }) {
    handles.set(as!, await network.openMailslot(name!));
    return {};
  },
  async openmany({ name, n }) {
    for (let i = 0; i < n!; i++) {
      const writer = await network.openMailslot(name!);
      handles.set(`openmany ${i}`, writer);
      await writer.write(`w${i}`);
    }
    return { n, messages: n };
  },
  async close({ h }) {
    await use(h).close();
    queues.delete(use(h));
    return {};
  },
  read: ({ h, buf }) => read(use(h), buf),
  async drain({ h, buf }) {
    for (;;) await read(use(h), buf);
  },
  write: (args) => write(use(args.h), args),
  info({ h }) {
    const { maxMessageSize, nextSize, messageCount, readTimeoutMs } = use(h).info!();
    return {
      max: maxMessageSize,
      next: nextSize ?? FOREVER,
      count: messageCount,
      timeout: readTimeoutMs === Infinity ? FOREVER : readTimeoutMs,
    };
  },
  setinfo({ h, timeout }) {
    use(h).setReadTimeout!(fromWindows(timeout!));
    return {};
  },
  bgread({ as, h, buf }) {
    begin(as!, h!, (signal) => read(use(h), buf, signal));
    return {};
  },
  bgwrite(args) {
    begin(args.as!, args.h!, async () => {
      await setTimeout(args.delay);
      return write(use(args.h), args);
    });
    return {};
  },
  cancel: cancelAll,
  cancelex: cancelAll,
  readinherited: ({ h }) => readInChild(use(h)),

  /** Not of Windows: how many messages have come to the mailslots of this process. */
  received: () => ({ messages: received() }),
  /** Not of Windows: closes everything. */
  async reset() {
    for (const { abort } of backgrounds.values()) abort.abort();
    await Promise.all(Array.from(handles.values(), (handle) => handle.close()));
    for (const map of [handles, queues, backgrounds]) map.clear();
    return {};
  },
  /** Not of Windows: ends the process with everything open. */
  exit: () => process.exit(0),
};

/** Those that tell how another call is going. */
const inquiries: Readonly<Record<string, (args: Args) => Promise<Outcome>>> = {
  readov({ as, h, buf }) {
    const call = begin(as!, h!, (signal) => read(use(h), buf, signal));
    return outcomeOr('ERROR_IO_PENDING', call, setImmediate());
  },
  writeov(args) {
    const call = begin(args.as!, args.h!, () => write(use(args.h), args));
    return outcomeOr('ERROR_IO_PENDING', call, setImmediate());
  },
  getov: ({ as, waitms = 0 }) =>
    outcomeOr('ERROR_IO_INCOMPLETE', backgrounds.get(as!)!, setTimeout(waitms)),
  join: ({ as, ms = JOIN_MS_MAX }) =>
    outcomeOr('WAIT_TIMEOUT', backgrounds.get(as!)!, setTimeout(ms)),
};

function keep(as: string, handle: Handle, queue: Queue): void {
  handles.set(as, handle);
  queues.set(handle, queue);
}

function use(name: string | undefined): Handle {
  const handle = handles.get(name!);
  if (handle === undefined) throw new Error(`There is no handle ${name}.`);
  return handle;
}

async function read(handle: Handle, bufferSize = 4096, signal?: AbortSignal): Promise<Values> {
  const { data } = await handle.read!({ bufferSize, ...(signal && { signal }) });
  queues.get(handle)!.taken++;
  const fill = { size: data.length, seed: data[0] };
  const isFill = data.length > 0 && Buffer.from(payload(fill.size, fill.seed!)).equals(data);
  const text = new TextDecoder().decode(data.subarray(0, 100));
  return { bytes: data.length, text, ...(isFill && { fill }) };
}

async function write(handle: Handle, args: Args): Promise<Values> {
  const { text, size = 0, seed = 0, repeat = 1 } = args;
  const data = text ?? payload(size, seed);
  for (let i = 0; i < repeat; i++) await handle.write!(data);
  return { written: data.length, bytes: data.length, done: repeat, messages: repeat };
}

function received(): number {
  const handleOn = new Map(Array.from(queues, ([handle, queue]) => [queue, handle]));
  let messages = 0;
  for (const [{ taken }, handle] of handleOn) {
    const { messageCount, droppedCount } = handle.info!();
    messages += taken + messageCount + droppedCount;
  }
  return messages;
}

function fromWindows(timeout: number): number {
  return timeout === FOREVER ? Infinity : timeout;
}

function begin(
  as: string,
  handle: string,
  call: (signal: AbortSignal) => Promise<Values>,
): Background {
  const abort = new AbortController();
  const background = { handle, abort, outcome: outcomeOf(() => call(abort.signal)) };
  backgrounds.set(as, background);
  return background;
}

function cancelAll({ h }: Args): Values {
  for (const { handle, abort } of backgrounds.values()) if (handle === h) abort.abort();
  return {};
}

/** Hands the mailslot to a child in the only way there is, and says what came of reading it there. */
async function readInChild(handle: Handle): Promise<Values> {
  const child = forkSource(new URL('inherited-read.ts', import.meta.url));
  child.send(handle);
  const [exitName] = await once(child, 'message');
  await once(child, 'exit');
  return { exitName };
}

async function outcomeOf(call: () => Values | Promise<Values>): Promise<Outcome> {
  const start = performance.now();
  const elapsed = (): number => performance.now() - start;
  try {
    const value = await call();
    return { value, ms: elapsed() };
  } catch (error) {
    return {
      errorCode: codeOf(error),
      message: String(error),
      value: { bytesOut: 0 },
      ms: elapsed(),
    };
  }
}

function codeOf(error: unknown): string {
  if (error instanceof MailslotError) return error.code;
  return error instanceof Error ? error.name : 'Error';
}

/** How a call ended, or a code that says it has not by then. */
function outcomeOr(
  errorCode: string,
  { outcome }: Background,
  then: Promise<unknown>,
): Promise<Outcome> {
  return Promise.race([outcome, then.then(() => ({ errorCode, value: {}, ms: 0 }))]);
}

answerCalls((op, args: Args) => inquiries[op]?.(args) ?? outcomeOf(() => calls[op]!(args)));
