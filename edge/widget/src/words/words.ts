/** What the interface says in one language. `{name}` marks a value; a Count has one form per plural category. */

export type Count = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

export interface Words {
  direction: "ltr" | "rtl";

  skip: string;
  language: string;
  startOver: string;

  welcome: string;
  label: string;
  placeholder: string;
  ask: string;
  stop: string;
  trades: string;
  examples: string;
  places: Count;
  dataFrom: string;
  here: string;

  looking: string;
  tickets: Count;
  ticket: string;
  followUps: string;
  more: Count;
  showMore: string;

  open: string;
  openUntil: string;
  closed: string;
  opens: string;
  tomorrowAt: string;
  hoursUnknown: string;
  from: string;
  rating: string;
  priceLevel: string;
  call: string;
  map: string;
  mapOf: string;
  take: string;
  takeOf: string;
  takeHint: string;
  codeMissing: string;
  close: string;
  address: string;
  phone: string;
  hours: string;
  website: string;
  coordinates: string;
  emergency: string;

  nothing: string;
  tooLong: Count;
  stopped: string;
  offline: string;
  offlineHint: string;
  starting: string;
  busy: string;
  wait: Count;
  broken: string;
  error: string;
  refusedLong: string;
  retry: string;

  idleTitle: string;
  idle: Count;
  keep: string;
  erase: string;

  otherLanguages: string;
  edit: string;
  editOf: string;
  copy: string;
  copied: string;
  good: string;
  bad: string;
  badWhy: string;
  badFact: string;
  badFit: string;
  badWords: string;
  badOther: string;
  noted: string;
  queue: Count;
  queueWait: Count;
  person: string;
  request: string;
  requestOf: string;
  notSent: string;
  waitingRequests: Count;
  print: string;
  printOf: string;
  speak: string;
  listening: string;
  notHeard: string;
  voiceShared: string;
  readAloud: string;
  alone: string;
  aloneSince: string;
  sessionCode: string;
  yourData: string;
}
