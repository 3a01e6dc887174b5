/**
 * The services that made mailslots known: NET SEND, the Alerter, and the rest of the family.
 *
 * @packageDocumentation
 */

export type { Alert, AlertBody, PrintingAlert } from './alerter/alert.ts';
export { alertText, whatHappened } from './alerter/alert-text.ts';
export {
  type Alerter,
  type AlerterOptions,
  type AlerterStats,
  createAlerter,
  raiseAlert,
  type RaisedAlert,
} from './alerter/alerter.ts';
export type { CodePage } from './code-page.ts';
export {
  createMessenger,
  type Messenger,
  type MessengerOptions,
  type MessengerStats,
  type NetMessage,
} from './messenger/messenger.ts';
export { type Delivery, netSend, type NetSendOptions } from './messenger/net-send.ts';
export {
  answerLogonRequests,
  type AnswerLogonRequestsOptions,
  LogonAnswers,
} from './netlogon/answer-logon-requests.ts';
export {
  type DomainController,
  findDomainControllers,
  type FindDomainControllersOptions,
} from './netlogon/find-domain-controllers.ts';
export type { Outcome as LogonOutcome } from './netlogon/message.ts';
export {
  createDoorbell,
  Doorbell,
  type DoorbellOptions,
  type DoorbellStats,
  ringDoorbell,
} from './doorbell.ts';
export {
  type AnnounceOptions,
  type AskedQuestion,
  createResponder,
  Responder,
  type ResponderOptions,
  type ResponderStats,
} from './responder/create-responder.ts';
export {
  Answers,
  findResponders,
  type FindRespondersOptions,
  type ResponderAnswer,
} from './responder/find-responders.ts';
export { type ResponderNews, watchResponders } from './responder/watch-responders.ts';
