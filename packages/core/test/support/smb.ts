/** A client of SMB1 made by hand, and conversations between ours and our server. */

import { VirtualClock } from '@mailslot/core/testing';

import { ByteWriter } from '../../src/bytes.ts';
import { seededRandom } from '../../src/random.ts';
import type { Dialogue } from '../../src/transports/netbios/session/dialogue.ts';
import {
  decodeSmbMessage,
  encodeSmbMessage,
  SMB_FLAGS2,
  type SmbBody,
  type SmbHeader,
  type SmbMessage,
} from '../../src/transports/netbios/session/smb/smb-message.ts';
import { SmbServer } from '../../src/transports/netbios/session/smb/smb-server.ts';
import type {
  Transaction,
  TransactionResult,
} from '../../src/transports/netbios/session/smb/transaction.ts';

/** A pipe that says back what it is told. */
function echoPipe({ name, parameters, data }: Transaction): TransactionResult | undefined {
  return name === '\\PIPE\\ECHO' ? { parameters, data } : undefined;
}

export function smbServer(
  transact: (transaction: Transaction) => TransactionResult | undefined = echoPipe,
): SmbServer {
  const clock = new VirtualClock();
  return new SmbServer({
    computerName: 'ANN-PC',
    domain: 'MSLAB',
    transact,
    clock,
    random: seededRandom(1),
  });
}

export const FLAGS2 = SMB_FLAGS2.NT_STATUS | SMB_FLAGS2.UNICODE;

export function header(fields: Partial<SmbHeader> = {}): SmbHeader {
  const ids = { processId: 1, treeId: 0, userId: 0, multiplexId: 1 };
  return { status: 0, response: false, flags2: FLAGS2, ...ids, ...fields };
}

/** What a server answers to commands in one message. */
export function ask(
  server: SmbServer,
  fields: Partial<SmbHeader>,
  ...bodies: readonly [SmbBody, ...SmbBody[]]
): SmbMessage[] {
  const request = encodeSmbMessage(header(fields), ...bodies);
  return [...server.receive(request)].map(decodeSmbMessage);
}

/** A body of these words and bytes, each as it comes. */
export function body(command: number, words: readonly number[], bytes?: Uint8Array): SmbBody {
  const writer = new ByteWriter();
  for (const word of words) writer.uint16le(word);
  return { command, words: writer.finish(), bytes: () => bytes ?? new Uint8Array() };
}

/** The conversation waits for more than the server has to say. */
export class InVain extends Error {}

/** Holds a conversation with a server. `meddle` may change the answers on their way. */
export function hold<Result>(
  dialogue: Dialogue<Result>,
  server: SmbServer,
  meddle: (answers: Uint8Array[]) => Uint8Array[] = (answers) => answers,
): Result {
  let waiting: Uint8Array[] = [];
  for (let step = dialogue.next(); ; step = dialogue.next(waiting.shift()!)) {
    if (step.done) return step.value;
    if (step.value !== undefined) waiting = meddle([...server.receive(step.value)]);
    if (waiting.length === 0) throw new InVain('Nothing more comes.');
  }
}
