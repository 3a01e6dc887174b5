/** SMB_COM_TREE_CONNECT_ANDX and its end ([MS-CIFS] 2.2.4.55 and 51): which share is meant. */

import { ByteWriter } from '../../../../bytes.ts';
import { oemBytes } from '../../../../oem-text.ts';
import { SMB_COMMAND, type SmbBlock, type SmbBody } from './smb-message.ts';
import { readOem, readSmbText, writeSmbText } from './smb-text.ts';

export interface TreeConnectRequest {
  /** `\\server\share`. */
  readonly path: string;
  /** `IPC`, a disk's `A:`, or `?????` for whatever the share is. */
  readonly service: string;
}

/** The share through which the programs of a server are spoken to. */
export const IPC_SHARE = 'IPC$';
export const IPC_SERVICE = 'IPC';

export function encodeTreeConnectRequest({ path, service }: TreeConnectRequest): SmbBody {
  return {
    command: SMB_COMMAND.TREE_CONNECT_ANDX,
    words: new ByteWriter().uint16le(0).uint16le(1).finish(),
    bytes(at) {
      // A password of one zero: servers that guard shares, not users, want one.
      const writer = new ByteWriter().uint8(0);
      for (const text of [path, service]) writeSmbText(writer, text, { unicode: false, at });
      return writer.finish();
    },
  };
}

export function decodeTreeConnectRequest(
  { words, bytes }: SmbBlock,
  unicode: boolean,
): TreeConnectRequest {
  words.skip(2, 'flags');
  bytes.skip(words.uint16le('the length of a password'), 'a password');
  const path = readSmbText(bytes, unicode);
  return { path, service: readOem(bytes) };
}

/** The answer for {@link IPC_SHARE}, which has no file system. */
export function encodeTreeConnectResponse(unicode: boolean): SmbBody {
  return {
    command: SMB_COMMAND.TREE_CONNECT_ANDX,
    words: new ByteWriter().uint16le(0).finish(),
    bytes(at) {
      const writer = new ByteWriter().bytes(oemBytes(IPC_SERVICE)).uint8(0);
      writeSmbText(writer, '', { unicode, at });
      return writer.finish();
    },
  };
}

/** As a request and as its response. */
export function encodeTreeDisconnect(): SmbBody {
  return { command: SMB_COMMAND.TREE_DISCONNECT };
}
