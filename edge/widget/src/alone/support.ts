/** What an answer may say: the strings and figures of its records, its wishes and its question; as the node's
`answer/support`. */

import type { Card } from "../wire.ts";
import type { Fact } from "./card.ts";
import { spokenKey } from "./concept.ts";
import type { Provider } from "./query.ts";
import type { Voice } from "./voice.ts";
import { digits, plain, readFigures, readingKey } from "./written.ts";

/** Languages whose habits of naming languages and currencies count. */
const SPEECH = ["en", "ru", "es", "de"];
const DOLLARS = new Set(["USD", "CAD", "AUD", "NZD", "MXN", "ARS", "CLP", "COP"]);

export class Support {
  readonly strings = new Set<string>();
  /** By `readingKey`. */
  readonly figures = new Set<string>();
  readonly distances = new Set<number>();

  /** Allows a string and every figure in it. */
  add(text: string | null | undefined): void {
    if (!text) return;
    const bare = plain(text);
    this.strings.add(bare);
    for (const { readings } of readFigures(bare)) for (const reading of readings) this.figures.add(readingKey(reading));
    if (bare.includes("24/7")) for (const key of ["time 0", "number 24"]) this.figures.add(key);
  }

  /** Allows strings as they are; the numbers in them mean nothing by themselves. */
  whole(...texts: (string | null | undefined)[]): void {
    for (const text of texts) if (text) this.strings.add(plain(text));
  }

  phone(text: string | null | undefined): void {
    if (!text) return;
    this.strings.add(plain(text));
    this.figures.add(`phone ${digits(plain(text))}`);
  }

  number(value: number | null | undefined, kind = "number"): void {
    if (value == null) return;
    for (const one of [kind, "number"]) this.figures.add(`${one} ${value}`);
  }

  time(at: Date): void {
    this.figures.add(`time ${at.getUTCHours() * 60 + at.getUTCMinutes()}`);
  }

  money(currency: string | null | undefined): void {
    if (!currency) return;
    for (const sign of signsOf(currency)) this.figures.add(`money ${sign}`);
  }

  merge(other: Support): this {
    for (const one of other.strings) this.strings.add(one);
    for (const one of other.figures) this.figures.add(one);
    for (const one of other.distances) this.distances.add(one);
    return this;
  }
}

export interface Place {
  name: string;
  support: Support;
}

/** Each place's name and what it supports. */
export function placesOf({ draft }: Voice): Map<string, Place> {
  const found = new Map<string, Place>();
  for (const { provider } of draft.result.hits) {
    const support = new Support();
    const card = draft.cards.find((one) => one.id === provider.id);
    addRecord(support, provider);
    if (card) addCard(support, card);
    for (const fact of draft.facts) if (fact.provider === provider.id) addFact(support, fact);
    found.set(provider.id, { name: plain(card?.name ?? provider.name), support });
  }
  return found;
}

function addFact(support: Support, { field, value }: Fact): void {
  support.add(spokenKey(field.replace(/^attributes\./, "")));
  if (typeof value === "string") {
    if (field === "phone") support.phone(value);
    else if (["name", "address", "city"].includes(field)) support.whole(value);
    else support.add(value);
    if (field === "languages") addTongues(support, value.match(/[\p{L}\p{N}_]+/gu) ?? []);
  } else if (typeof value === "number") {
    support.number(value, field === "price" ? "price" : "number");
    if (field === "distance") support.distances.add(value);
  }
}

function addRecord(support: Support, record: Provider): void {
  support.whole(record.name, record.city, record.address, record.email, record.url);
  support.phone(record.phone);
  support.add(record.opening_hours);
  for (const { title } of Object.values(record.texts ?? {})) support.add(title);
  for (const [key, value] of Object.entries(record.attributes ?? {})) {
    support.add(spokenKey(key));
    if (typeof value === "string") support.add(value);
    else if (typeof value === "number") support.number(value);
  }
  for (const { name, price_from, price_to, currency } of record.offers ?? []) {
    for (const text of Object.values(name)) support.add(text);
    for (const price of [price_from, price_to]) support.number(price, "price");
    support.money(currency);
  }
  support.number(record.rating);
  addTongues(support, record.languages ?? []);
}

function addCard(support: Support, card: Card): void {
  support.whole(card.name, card.category, card.city, card.address, card.url);
  support.phone(card.phone);
  support.add(card.hours);
  support.add(card.why);
  support.number(card.price_from, "price");
  support.money(card.currency);
  support.number(card.rating);
  if (card.distance_m != null) support.distances.add(card.distance_m);
  for (const at of [card.opening?.until, card.opening?.opens]) if (at) support.time(new Date(`${at}Z`));
}

function addTongues(support: Support, codes: readonly string[]): void {
  for (const code of codes) for (const language of SPEECH) support.whole(nameOf(code, language));
}

function nameOf(code: string, language: string): string | undefined {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(code);
  } catch {
    return undefined; // no language's code
  }
}

/** What is supported anywhere in the answer: the question, the counts, the wishes, the market. */
export function shared({ draft, market, category }: { draft: Voice["draft"]; market: Voice["market"]; category(id: string): string }): Support {
  const support = new Support();
  const { query } = draft.understood;
  support.add(draft.question);
  for (const count of [draft.result.total, ...Array.from({ length: draft.cards.length }, (_, at) => at + 1)]) support.number(count);
  for (const city of query.cities) support.add(city);
  for (const { any_of } of query.conditions) for (const value of any_of) if (typeof value === "string") support.add(value);
  support.number(query.priceMax, "price");
  support.number(query.ratingMin);
  addTongues(support, query.spoken);
  if (query.openAt) support.time(query.openAt);
  for (const { wanted } of draft.result.relaxed) support.add(wanted);
  support.number(Number(market.emergency_number ?? 112));
  support.money(market.currency);
  for (const name of Object.values(market.name)) support.add(name);
  for (const id of query.categories) support.add(category(id));
  return support;
}

const signs = new Map<string, string[]>();

/** How a currency is signed in the languages we speak. */
function signsOf(currency: string): string[] {
  const known = signs.get(currency);
  if (known) return known;
  const signed = (language: string, currencyDisplay: "symbol" | "narrowSymbol"): string =>
    new Intl.NumberFormat(language, { style: "currency", currency, currencyDisplay }).formatToParts(1).find(({ type }) => type === "currency")?.value ?? currency;
  const found = SPEECH.flatMap((language) => [signed(language, "symbol"), signed(language, "narrowSymbol")]).filter((sign) => sign !== "$" || DOLLARS.has(currency));
  const all = [...new Set([currency, ...found])];
  signs.set(currency, all);
  return all;
}
