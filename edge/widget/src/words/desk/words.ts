/** What is said at the desk behind the counter: leaving a request, and what is held of a conversation. Fetched when
first wanted. */

import type { Count } from "../words.ts";

export interface DeskWords {
  requestTitle: string;
  requestFor: string;
  requestDesk: string;
  yourName: string;
  yourPhone: string;
  yourEmail: string;
  yourMessage: string;
  optional: string;
  sealed: string;
  send: string;
  sending: string;
  sent: string;
  keptForLater: string;
  needWay: string;
  needConsent: string;
  noRequests: string;
  insecure: string;
  secureLink: string;

  dataTitle: string;
  codeHint: string;
  codeNote: string;
  onDevice: string;
  asked: Count;
  posts: Count;
  atCounter: string;
  nothingHeld: string;
  noWords: string;
  requests: Count;
  records: Count;
  away: string;
  atOperator: string;
  noOperator: string;
  noneSent: string;
  someSent: string;
  maySent: string;
  download: string;
  eraseAll: string;
  sure: string;
  erased: string;
  erasedHere: string;
  noDownload: string;

  modelOffer: string;
  modelRest: string;
  modelFetching: string;
  modelHere: string;
  modelLoading: string;
  modelFailed: string;
  modelFetch: string;
  modelRemove: string;
}
