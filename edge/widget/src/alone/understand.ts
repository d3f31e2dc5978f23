/** From a conversation to a question for the catalogue; as the node's `answer/understand`. Deterministic: the same
messages and catalogue give the same result, here and there. */

import type { Message } from "../wire.ts";
import { detectEmergency } from "./emergency.ts";
import type { Guesser } from "./language.ts";
import { detect } from "./language.ts";
import type { Near, Query } from "./query.ts";
import { type Knowledge, type Reading, readMessage } from "./reading.ts";
import { constant } from "./rules.ts";
import { afterAssistant, afterVisitor, NOTHING, type Settled, wantsMore } from "./state.ts";

export type Intent = "find" | "fact" | "compare" | "request" | "smalltalk" | "out_of_scope" | "emergency";

export interface Understood {
  language: string;
  intent: Intent;
  query: Query;
  providers: string[];
  fields: string[];
  smalltalk: string | null;
  more: boolean;
  unknownPlace: string | null;
  shown: string[];
  /** The kind of emergency, where it is one. */
  emergency: string | null;
}

/** Provider ids of the cards that an answer showed, and the one spoken of. */
export interface Shown {
  cards: string[];
  focus: string | null;
}

export interface Asked {
  messages: Message[];
  knowledge: Knowledge;
  now: Date;
  hint: string | null;
  near: Near | null;
  guesser: Guesser;
  recall: (messages: Message[]) => Shown | null;
}

const number = (name: string): number => constant<number>("answer.understand", name);

export function understand(asked: Asked): Understood {
  const { knowledge, now, guesser } = asked;
  let [settled, before] = [NOTHING, NOTHING];
  let last: Reading | null = null;
  let language = asked.hint;
  asked.messages.forEach((message, at) => {
    if (message.role === "user") {
      language = detect(message.content, knowledge.market.languages, language, guesser);
      last = readMessage(message.content, language, knowledge, now);
      [before, settled] = [settled, afterVisitor(settled, last, knowledge)];
      return;
    }
    const shown = asked.recall(asked.messages.slice(0, at + 1));
    if (shown) settled = { ...settled, shown: shown.cards, focus: shown.focus ? [shown.focus] : [], candidates: [], changed: new Set() };
    else settled = afterAssistant(settled, readMessage(message.content, language ?? "en", knowledge, now));
  });
  if (!last) throw new RangeError("nobody asked anything");
  const understood = decide(before, settled, last, knowledge, asked.near);
  const question = asked.messages.at(-1)?.content ?? "";
  const emergency = detectEmergency(question, understood.language);
  return emergency ? { ...understood, intent: "emergency", emergency } : understood;
}

/** The intent of the last message, and the search or the providers it is about. */
function decide(before: Settled, after: Settled, last: Reading, knowledge: Knowledge, near: Near | null): Understood {
  const [settled, picked] = pick(after, before, last);
  const comparing = last.cues.has("compare") && !settled.changed.has("topic");
  const spoken = picked.length > 0 || settled.changed.has("asked") || settled.changed.has("provider");
  let about = !comparing && spoken ? settled.focus : [];
  const talk = smalltalkOf(last, settled);
  if (talk && !last.cues.has("yes")) about = [];
  const fields = askedFields(last, knowledge, about, settled.categories);
  const more = wantsMore(last) && !about.length && before.shown.length > 0;
  let intent: Intent = "find";
  if (comparing && before.shown.length > 1) {
    [intent, about] = ["compare", picked.length < 2 ? before.shown.slice(0, 2) : picked];
  } else if (about.length) {
    intent = fields.length ? "fact" : last.cues.has("request", "yes") ? "request" : "find";
  } else if (talk) intent = "smalltalk";
  else if (!settled.categories.length && !settled.changed.size && !settled.conditions.length) intent = "out_of_scope";
  const query = queryOf(settled, last, knowledge, near, more);
  return {
    language: last.language, intent, query, providers: about, fields, more, shown: before.shown,
    smalltalk: intent === "smalltalk" ? talk : null, unknownPlace: last.unknownPlace, emergency: null,
  };
}

/** The providers picked from the list by number: "the second one". */
function pick(settled: Settled, before: Settled, last: Reading): [Settled, string[]] {
  if (settled.changed.has("topic") || !before.shown.length || !last.ordinals.length) return [settled, []];
  const picked = last.ordinals.filter((n) => n <= before.shown.length).map((n) => before.shown.at(n > 0 ? n - 1 : n) ?? "");
  return picked.length ? [{ ...settled, focus: picked.slice(-1) }, picked] : [settled, []];
}

/** The fields asked for, in order, each once; yes/no attributes as "attributes.<key>". */
function askedFields(last: Reading, knowledge: Knowledge, about: string[], categories: string[]): string[] {
  if (!about.length) return [];
  const found: [number, string][] = last.cues.fields.map((field) => [field.start, field.meaning]);
  for (const { meaning, start } of last.attributes) {
    const stated = knowledge.attributes.attributes[meaning.key]?.categories ?? {};
    if (!categories.length || categories.some((id) => id in stated)) found.push([start, `attributes.${meaning.key}`]);
  }
  found.push(...last.bands.map(({ start }): [number, string] => [start, "price"]));
  if (last.when && !found.length) found.push([0, "hours"]);
  found.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
  return [...new Set(found.map(([, field]) => (field === "price_range" ? "price" : field)))];
}

function queryOf(settled: Settled, last: Reading, knowledge: Knowledge, near: Near | null, more: boolean): Query {
  const conditions = [...settled.conditions];
  let priceBands: number[] = [];
  if (settled.band !== null) {
    const values = knowledge.attributes.priceValues(settled.band);
    const key = knowledge.attributes.priceKey;
    if (values.length && key) conditions.push({ key, any_of: values, or_else: [] });
    else priceBands = [settled.band];
  }
  const { cues } = last;
  const said = settled.categories.length && settled.cities.length ? "" : settled.texts.join(" ");
  return {
    text: [...said].slice(-number("TEXT_CHARS")).join(""),
    language: last.language,
    categories: settled.categories,
    cities: settled.cities,
    conditions,
    excluded: more ? settled.shown : [],
    openAt: last.when,
    priceMax: settled.priceMax,
    priceBands,
    ratingMin: settled.ratingMin,
    spoken: settled.spoken,
    near,
    order: cues.has("cheaper") ? "price" : cues.has("nearer") && near ? "distance" : cues.has("better") ? "rating" : "fit",
    limit: 5,
  };
}

/** Talk that asks for nothing: short, with a word for it and without anything to search by. */
function smalltalkOf(last: Reading, settled: Settled): string | null {
  const { cues } = last;
  const changed = [...settled.changed].some((what) => what !== "asked");
  if (changed || cues.fields.length || last.categories.some((one) => one.score >= number("SURE_CATEGORY"))) return null;
  if (wantsMore(last) || cues.has("search", "cheaper", "nearer", "better")) return null;
  const most = number(settled.categories.length ? "FEW_WORDS" : "SHORT_WORDS");
  if (last.text.split(/\s+/).filter(Boolean).length > most) return null;
  const kind = constant<string[]>("answer.understand", "SMALLTALK").find((one) => cues.has(one));
  if (kind) return kind;
  if (!cues.has("yes", "no") || settled.categories.length) return null;
  return cues.has("yes") ? "yes" : "no";
}

