/**
 * The formats, for sister packages and for tests. What it shows may change with any release.
 *
 * @packageDocumentation
 */

export { ALERT_BYTES_MAX, ALERT_STRINGS_MAX, decodeAlert, encodeAlert } from './alerter/alert.ts';
export { printStatus } from './alerter/alert-text.ts';
export { ALERTER_SLOT, FORWARDS_PENDING_MAX } from './alerter/alerter.ts';
export { CODE_PAGE_DEFAULT, type OemText, oemTextOf } from './code-page.ts';
export { Copies, REMEMBERED_MAX } from './messenger/copies.ts';
export {
  decodeMailslotMessage,
  encodeMailslotMessage,
  MESSENGER_SLOT,
  type WireMessage,
} from './messenger/mailslot-message.ts';
export {
  BLOCK_BYTES_MAX,
  decodeMessageCommand,
  encodeMessageCommand,
  MESSAGE_COMMAND,
  type MessageCommand,
} from './messenger/message-commands.ts';
export { messageDialogue } from './messenger/message-dialogue.ts';
export { MESSAGE_STATUS, MessageSession } from './messenger/message-session.ts';
export { decodeText, encodeText, plainText, TEXT_BYTES_MAX } from './messenger/message-text.ts';
export { describeNetlogon } from './netlogon/describe.ts';
export { decodeNetlogon, encodeNetlogon } from './netlogon/codec.ts';
export { type NetlogonMessage, NT_VERSION } from './netlogon/message.ts';
export { explain, type Explanation } from './explain.ts';
export {
  decodeResponderMessage,
  encodeResponderMessage,
  NAME_BYTES_MAX,
  type ResponderMessage,
} from './responder/message.ts';
