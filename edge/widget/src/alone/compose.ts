/** The sentence of an answer without a model: facts asked for, requests, small talk, emergencies; lists of places are in
`listing`. Every value comes from the draft; as the node's `answer/template` and `statement`. */

import { ideaOf } from "./concept.ts";
import type { Fact } from "./card.ts";
import * as listing from "./listing.ts";
import type { Provider } from "./query.ts";
import { constant, constantSet, type Value } from "./rules.ts";
import { capital, sameDay, type Voice, wall } from "./voice.ts";

export function compose(voice: Voice): string {
  return sentences(voice).join(" ");
}

function sentences(voice: Voice): string[] {
  const { understood, cards, facts } = voice.draft;
  const { intent } = understood;
  if (intent === "emergency") return [urgent(voice)];
  if (intent === "smalltalk") return [small(voice)];
  if (intent === "out_of_scope") return [voice.say("smalltalk.out_of_scope")];
  if (!understood.query.categories.length && !facts.length) return [...(cards.length ? found(voice) : []), voice.say("ask.category")];
  if (intent === "fact") return facts.length || !cards.length ? statedLines(voice) : listing.introduced(voice);
  if (intent === "compare" && cards.length > 1) return [...listing.compare(voice), ...(facts.length ? statedLines(voice) : [])];
  return intent === "request" ? requested(voice) : found(voice);
}

function found(voice: Voice): string[] {
  const { cards, result, understood } = voice.draft;
  if (result.found === "none" || !cards.length) return listing.nothing(voice);
  if (understood.providers.length && cards.every((card) => understood.providers.includes(card.id))) return listing.introduced(voice);
  return result.found === "relaxed" ? listing.relaxed(voice) : listing.exact(voice);
}

function urgent(voice: Voice): string {
  const { emergency_number, country } = voice.market;
  const known = constant<Record<string, string>>("answer.emergency", "BY_COUNTRY");
  return voice.say(`emergency.${voice.draft.understood.emergency ?? "general"}`, { number: emergency_number ?? known[country ?? ""] ?? "112" });
}

function small(voice: Voice): string {
  const { name } = voice.market;
  const called = name[voice.draft.understood.language] ?? name[voice.language] ?? Object.values(name)[0];
  const market = called ? voice.say("smalltalk.market", { market: called }) : "";
  return voice.say(`smalltalk.${voice.draft.understood.smalltalk ?? "help"}`, { market });
}

/** How to book or leave a request: the phone, else what else the record has. */
function requested(voice: Voice): string[] {
  const { result, understood } = voice.draft;
  const records = result.hits.map((hit) => hit.provider);
  if (!records.length) return [voice.say("request.nothing")];
  if (records.length > 1 && !understood.providers.length) {
    return [voice.say("request.which", { names: voice.series(records.map((one) => voice.who(one.id)), "disjunction") })];
  }
  return records.map((record) => {
    const contacts: [string, string | null | undefined][] = [["phone", record.phone], ["url", record.url], ["email", record.email], ["address", record.address]];
    const first = contacts.find(([, value]) => value);
    return voice.say(`request.${first?.[0] ?? "none"}`, { who: voice.who(record.id), [first?.[0] ?? ""]: first?.[1] ?? "" });
  });
}

/** The asked facts, grouped by provider in the order they come. */
export function statedLines(voice: Voice): string[] {
  const groups = new Map<string, Fact[]>();
  for (const fact of voice.draft.facts) groups.set(fact.provider, [...(groups.get(fact.provider) ?? []), fact]);
  if (!groups.size) return [voice.say("fact.unknown_bare")];
  return [...groups].flatMap(([provider, facts]) => {
    const [only] = facts;
    if (facts.length === 1 && only) return [full(voice, only), ...moment(voice, only)];
    return [voice.say("fact.several", { who: voice.who(provider), items: facts.map((fact) => short(voice, fact)).join("; ") })];
  });
}

const plain = (field: string): string => field.replace(/^attributes\./, "");
const attributeKey = (field: string): string | null => (constantSet("answer.statement", "PLAIN").has(plain(field)) ? null : plain(field));

function full(voice: Voice, fact: Fact): string {
  const who = voice.who(fact.provider);
  if (fact.value === null && fact.field === "distance" && !voice.draft.understood.query.near) return voice.say("fact.unknown_distance", { who });
  if (fact.value === null) return capital(voice.say("fact.unknown", { who, label: label(voice, fact.field) }));
  const key = attributeKey(fact.field);
  if (key === null) return voice.say(`fact.${plain(fact.field)}`, { who, value: valueOf(voice, fact) });
  const flag = truth(fact.value);
  const form = flag === null ? "value" : flag ? "yes" : "no";
  const sentence = `concept.${ideaOf(key)}.${form}`;
  if (voice.has(sentence)) return voice.say(sentence, { who, value: valueOf(voice, fact) });
  return capital(voice.say(`fact.${form}`, { who, label: label(voice, fact.field), value: valueOf(voice, fact) }));
}

function short(voice: Voice, fact: Fact): string {
  const named = label(voice, fact.field);
  return fact.value === null ? voice.say("fact.unknown_short", { label: named }) : voice.say("fact.short", { label: named, value: valueOf(voice, fact) });
}

function label(voice: Voice, field: string): string {
  const key = attributeKey(field);
  return key === null ? voice.say(`label.${plain(field)}`) : voice.attribute(key);
}

/** The value in words and figures; text stays as the catalogue has it. */
export function valueOf(voice: Voice, fact: Fact): string {
  const given = fact.value;
  const flag = truth(given);
  const card = voice.draft.cards.find((one) => one.id === fact.provider);
  const record = voice.draft.result.hits.find((hit) => hit.provider.id === fact.provider)?.provider;
  if (flag !== null) return voice.say(flag ? "word.yes" : "word.no");
  if (fact.field === "address" && card?.city && !String(given).toLowerCase().includes(card.city.toLowerCase())) return `${given}, ${card.city}`;
  if (fact.field === "hours") return String(given).trim() === "24/7" ? voice.say("hours.always") : voice.format.hours(String(given), voice.say("hours.closed")).replaceAll("\n", "; ");
  if (fact.field === "offers" && record) return offers(voice, record);
  if (fact.field === "languages") return voice.tongues(String(given).split(/[,;\s]+/).filter(Boolean));
  if (fact.field === "category") return voice.category(String(given));
  if (typeof given !== "number") return String(given ?? "");
  if (fact.field === "price") return voice.price(given, card?.currency);
  if (fact.field === "distance") return voice.format.distance(given);
  return voice.format.number(given, 2);
}

function offers(voice: Voice, record: Provider): string {
  const spoken = voice.draft.understood.language;
  const first = (record.offers ?? []).slice(0, constant<number>("answer.statement", "MOST_OFFERS"));
  return first
    .map(({ name: names, price_from, price_to, currency }) => {
      const name = names[spoken] ?? names[voice.language] ?? Object.values(names)[0] ?? "";
      if (price_from == null) return name;
      return voice.say(price_to === price_from ? "word.offer" : "word.offer_from", { name, price: voice.price(price_from, currency) });
    })
    .join("; ");
}

/** What the hours mean now: "It is open now, until 20:00." */
function moment(voice: Voice, fact: Fact): string[] {
  const opening = voice.draft.cards.find((card) => card.id === fact.provider)?.opening;
  if (fact.field !== "hours" || fact.value === null || !opening || !voice.askedNow || opening.state === "unknown") return [];
  if (opening.state === "open") return opening.until ? [voice.say("fact.open_until", { time: voice.clock(wall(opening.until)) })] : [];
  if (!opening.opens) return [voice.say("fact.closed")];
  const opens = wall(opening.opens);
  return [voice.say(sameDay(opens, voice.draft.now) ? "fact.opens" : "fact.opens_day", { time: voice.clock(opens), day: voice.day(opens) })];
}

/** A yes/no value, also where the catalogue has it as text. */
function truth(given: Value | null): boolean | null {
  if (typeof given === "boolean") return given;
  const said = typeof given === "string" ? given.toLowerCase().trim() : "";
  return ["true", "yes"].includes(said) ? true : ["false", "no"].includes(said) ? false : null;
}
