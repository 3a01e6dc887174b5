/** How a server says that something failed: NT status codes, and what older clients are told instead ([MS-CIFS] 2.2.2.4). */

export const SMB_STATUS = {
  SUCCESS: 0x0000_0000,
  /** The session setup goes on with another exchange. */
  MORE_PROCESSING_REQUIRED: 0xc000_0016,
  INVALID_PARAMETER: 0xc000_000d,
  ACCESS_DENIED: 0xc000_0022,
  OBJECT_NAME_NOT_FOUND: 0xc000_0034,
  LOGON_FAILURE: 0xc000_006d,
  INSUFFICIENT_RESOURCES: 0xc000_009a,
  NOT_SUPPORTED: 0xc000_00bb,
  BAD_NETWORK_NAME: 0xc000_00cc,
  /** The tree of the request is none that was connected. */
  SMB_BAD_TID: 0x0005_0002,
  SMB_BAD_COMMAND: 0x0016_0002,
  /** The user of the request is none that was set up. */
  SMB_BAD_UID: 0x005b_0002,
} as const;

export type SmbStatus = (typeof SMB_STATUS)[keyof typeof SMB_STATUS];

const CLASS_DOS = 0x01;
const CLASS_SERVER = 0x02;

/** Error class and code. Codes of the class "server" are part of the status codes that end in 0002. */
const DOS_ERRORS: ReadonlyMap<number, readonly [errorClass: number, code: number]> = new Map([
  [SMB_STATUS.INVALID_PARAMETER, [CLASS_DOS, 87]],
  [SMB_STATUS.ACCESS_DENIED, [CLASS_DOS, 5]],
  [SMB_STATUS.OBJECT_NAME_NOT_FOUND, [CLASS_DOS, 2]],
  [SMB_STATUS.LOGON_FAILURE, [CLASS_SERVER, 2]],
  [SMB_STATUS.INSUFFICIENT_RESOURCES, [CLASS_DOS, 8]],
  [SMB_STATUS.NOT_SUPPORTED, [CLASS_DOS, 50]],
  [SMB_STATUS.BAD_NETWORK_NAME, [CLASS_SERVER, 6]],
]);

const GENERAL_FAILURE = 31;

/** The status as a client without NT status codes reads the same four bytes: class, reserved, code. */
export function dosStatus(status: number): number {
  if (status === SMB_STATUS.SUCCESS || (status & 0xffff) === CLASS_SERVER) return status;
  const [errorClass, code] = DOS_ERRORS.get(status) ?? [CLASS_DOS, GENERAL_FAILURE];
  return code * 0x1_0000 + errorClass;
}
