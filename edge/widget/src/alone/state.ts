/** What holds after each turn: filters add up, change, and go with their topic; as the node's `answer/state`, `wish`
and `focus`. */

import { type AttributeMention, isFlag } from "./attribute.ts";
import { words } from "./lexicon.ts";
import { type Named, settle } from "./name.ts";
import { bestCities } from "./place.ts";
import type { Condition } from "./query.ts";
import type { Knowledge, Reading } from "./reading.ts";
import { constant, constantSet } from "./rules.ts";
import { findTopic, type Topic } from "./topic.ts";

export interface Settled {
  categories: string[];
  cities: string[];
  offeredCities: string[];
  conditions: Condition[];
  band: number | null;
  ratingMin: number | null;
  priceMax: number | null;
  spoken: string[];
  shown: string[];
  focus: string[];
  candidates: Named[];
  texts: string[];
  changed: ReadonlySet<string>;
}

export const NOTHING: Settled = {
  categories: [], cities: [], offeredCities: [], conditions: [], band: null, ratingMin: null, priceMax: null,
  spoken: [], shown: [], focus: [], candidates: [], texts: [], changed: new Set(),
};

const shared = (a: readonly string[], b: readonly string[]): boolean => a.some((one) => b.includes(one));
const same = (a: readonly string[], b: readonly string[]): boolean => a.join("\n") === b.join("\n");
const unique = <T>(values: T[]): T[] => [...new Set(values)];

export function afterVisitor(before: Settled, reading: Reading, knowledge: Knowledge): Settled {
  const topic = findTopic(reading, before.categories, knowledge);
  const settled = firstShown(before, reading);
  const texts = [...settled.texts, reading.text].slice(-constant<number>("answer.state", "TEXTS"));
  const now: Settled = { ...settled, texts, changed: new Set() };
  const named = namedIn(reading, now, false);
  if (named.length) return about(now, named, reading);
  if (asksAboutFocus(settled, reading, topic) || picks(settled, reading)) return { ...now, changed: new Set(["asked"]) };
  return searched(now, settled, reading, topic, knowledge);
}

/** What holds once an answer was given: its cards where this page gave it, else what its text names. */
export function afterAssistant(settled: Settled, reading: Reading): Settled {
  const named = namedIn(reading, settled, true);
  const places = reading.places.filter((place) => place.role !== "from");
  const told = new Set(places.map((place) => place.cities.join("\n"))).size;
  const offered = places.length && told <= constant<number>("answer.state", "OFFERED_AT_ONCE") ? (places.at(-1)?.cities ?? []) : [];
  let now: Settled = { ...settled, offeredCities: offered, changed: new Set() };
  const last = named.at(-1);
  if (last?.[0]) {
    const ids = named.map((one) => one[0]?.id ?? "");
    now = { ...now, shown: unique(ids), focus: ids.slice(-1), candidates: last };
    if (!shared(last[0].categories, now.categories)) now = { ...now, categories: last[0].categories.slice(0, 1), conditions: [] };
  }
  return offered.length && !settled.cities.length ? { ...now, cities: offered } : now;
}

/** Providers were named: they are spoken of, and their kind is the topic. */
function about(now: Settled, named: Named[][], reading: Reading): Settled {
  const last = named.at(-1) ?? [];
  const kinds = last[0]?.categories ?? [];
  const said = bestCities(reading.places);
  return {
    ...now,
    focus: named.map((one) => one[0]?.id ?? ""),
    candidates: last,
    categories: shared(kinds, now.categories) ? now.categories : kinds.slice(0, 1),
    cities: said.length ? said : now.cities,
    changed: new Set(["provider"]),
  };
}

/** A search, or more said about one: another topic, place or filter. */
function searched(start: Settled, settled: Settled, reading: Reading, topic: Topic | null, knowledge: Knowledge): Settled {
  const changed = new Set<string>();
  let now = start;
  if (topic && !shared(topic.ids, settled.categories)) {
    now = { ...NOTHING, categories: topic.ids, cities: now.cities, offeredCities: now.offeredCities, spoken: now.spoken, texts: [reading.text] };
    changed.add("topic");
  } else if (topic?.named) {
    now = { ...now, categories: topic.ids.filter((id) => settled.categories.includes(id)) };
    changed.add("named");
  }
  const [placed, moved] = place(now, reading, settled);
  const gone = letGo(placed, reading);
  now = gone.size ? { ...placed, conditions: placed.conditions.filter((one) => !gone.has(one.key)) } : placed;
  if (gone.size) changed.add("dropped");
  const narrowed = narrow(now, reading, knowledge);
  return { ...narrowed.now, changed: new Set([...changed, ...narrowed.changed, ...moved]) };
}

/** The place said, or agreed to. Who is spoken of changes to the one of that name there, or to nobody. */
function place(now: Settled, reading: Reading, before: Settled): [Settled, string[]] {
  const said = bestCities(reading.places);
  if (said.length) {
    const there = now.candidates.filter((one) => said.includes(one.city ?? "")).map((one) => one.id);
    const moved = there.length && !same(said, before.cities) && before.focus.length ? ["place", "provider"] : ["place"];
    return [{ ...now, cities: said, focus: same(said, before.cities) ? now.focus : there.slice(0, 1) }, moved];
  }
  if (before.offeredCities.length && reading.cues.has("yes") && !same(before.offeredCities, now.cities)) return [{ ...now, cities: before.offeredCities }, []];
  if (reading.cues.has("drop") && reading.text.toLowerCase().includes("anywhere")) return [{ ...now, cities: [] }, ["place"]];
  return [now, []];
}

/** Attribute values, price, rating and languages that a message adds. */
function narrow(now: Settled, reading: Reading, knowledge: Knowledge): { now: Settled; changed: string[] } {
  const conditions = new Map(now.conditions.map((one) => [one.key, one]));
  const changed = new Set<string>();
  const fitting = reading.attributes.filter((one) => fitsTopic(one, now, knowledge));
  const starts = new Set(fitting.map((one) => one.start));
  // What nobody of the kind states is asked all the same, so that the answer can say that it is not known.
  const unstated = reading.attributes.filter((one) => isFlag(one.meaning) && !starts.has(one.start));
  for (const mention of oneAWord([...fitting, ...unstated], knowledge)) wish(mention, reading, conditions, changed);
  const next = { ...now, conditions: [...conditions.values()] };
  const band = reading.bands.at(-1);
  if (band) [next.band] = [band.meaning, changed.add("band")];
  if (reading.ratingMin !== null) [next.ratingMin] = [reading.ratingMin, changed.add("rating_min")];
  if (reading.priceMax !== null) [next.priceMax] = [reading.priceMax, changed.add("price_max")];
  if (reading.spoken.length) [next.spoken] = [reading.spoken, changed.add("spoken")];
  return { now: next, changed: [...changed] };
}

/** Of several yes/no attributes that one word stands for, the one that most state. */
function oneAWord(mentions: AttributeMention[], knowledge: Knowledge): AttributeMention[] {
  const stated = (one: AttributeMention): number => Object.values(knowledge.attributes.attributes[one.meaning.key]?.categories ?? {}).reduce((sum, count) => sum + count, 0);
  const best = new Map<number, AttributeMention>();
  for (const mention of mentions.filter((one) => isFlag(one.meaning))) {
    const other = best.get(mention.start);
    if (!other || stated(other) < stated(mention)) best.set(mention.start, mention);
  }
  return [...mentions.filter((one) => !isFlag(one.meaning)), ...best.values()];
}

function fitsTopic({ meaning }: AttributeMention, now: Settled, knowledge: Knowledge): boolean {
  const stated = knowledge.attributes.statedBy(meaning.key, [...meaning.any_of, ...meaning.broader]);
  return !now.categories.length || now.categories.some((id) => id in stated);
}

/** Adds one wish; refused, a yes/no attribute turns round and a value is forgotten. */
function wish({ meaning, start }: AttributeMention, reading: Reading, conditions: Map<string, Condition>, changed: Set<string>): void {
  let condition: Condition = { key: meaning.key, any_of: meaning.any_of, or_else: meaning.broader };
  const before = conditions.get(meaning.key);
  if (reading.cues.spans("not").some(([, end]) => start - 2 <= end - 1 && end - 1 < start)) {
    if (!isFlag(meaning)) {
      conditions.delete(meaning.key);
      return;
    }
    condition = { key: meaning.key, any_of: [!meaning.any_of[0]], or_else: [] };
  } else if (changed.has(meaning.key) && before) {
    const any_of = unique([...before.any_of, ...condition.any_of]);
    condition = { key: meaning.key, any_of, or_else: unique([...before.or_else, ...condition.or_else]).filter((value) => !any_of.includes(value)) };
  }
  conditions.set(meaning.key, condition);
  changed.add(meaning.key);
}

/** Keys of the filters let go: the one named, or else, where nothing matters, the last. */
function letGo(now: Settled, reading: Reading): Set<string> {
  if (!reading.cues.has("drop", "any")) return new Set();
  const said = words(reading.text).map((word) => word.folded);
  const named = now.conditions.filter((one) => shared(one.key.split("_"), said)).map((one) => one.key);
  if (named.length) return new Set(named);
  return new Set(reading.cues.has("drop") ? now.conditions.slice(-1).map((one) => one.key) : []);
}

const focusNumber = (name: string): number => constant<number>("answer.focus", name);

/** Is the message about the provider spoken of ("Is it free?") rather than a search? */
function asksAboutFocus(settled: Settled, reading: Reading, topic: Topic | null): boolean {
  const { cues } = reading;
  if (!settled.focus.length || wantsMore(reading) || cues.has("drop") || (cues.has("cheaper", "nearer") && !cues.fields.length)) return false;
  const cities = bestCities(reading.places);
  if (cities.length && !shared(cities, settled.cities)) return false;
  const asking = isQuestion(reading);
  const searching = cues.has("search") && !cues.has("ask") && !asksOnlyFacts(reading, topic, settled);
  const named = topic?.named ?? false;
  if (searching && (named || !(asking && cues.has("this")))) return false;
  const asksFact = cues.fields.length > 0 || reading.attributes.some((one) => isFlag(one.meaning));
  if (named && leaves(topic, settled) && !(asking && cues.has("this") && asksFact)) return false;
  if (cues.fields.length) return true;
  return reading.attributes.length || reading.bands.length ? asking : !reading.ordinals.length;
}

const leaves = (topic: Topic | null, settled: Settled): boolean => topic !== null && !shared(topic.ids, settled.categories);

/** Does it choose from what is shown by number? */
function picks(settled: Settled, reading: Reading): boolean {
  return reading.ordinals.length > 0 && settled.shown.length > 0 && !bestCities(reading.places).length && words(reading.text).length <= focusNumber("PICKING_WORDS");
}

export function wantsMore(reading: Reading): boolean {
  return reading.cues.has("more") || (reading.cues.has("more_short") && words(reading.text).length <= focusNumber("FEW_WORDS"));
}

/** "I need their phone number": a search word, but what is wanted is a fact. */
function asksOnlyFacts(reading: Reading, topic: Topic | null, settled: Settled): boolean {
  if (topic?.named && leaves(topic, settled)) return false;
  const written = words(reading.text);
  const said = reading.cues.fields.map(({ start, end }) => written.slice(start, end).map((word) => word.folded).join(" "));
  return said.some((phrase) => !constantSet("answer.focus", "WEAK_FIELDS").has(phrase));
}

function isQuestion(reading: Reading): boolean {
  const said = reading.text.trim().toLowerCase();
  return reading.text.includes("?") || constant<string[]>("answer.focus", "ASKING").some((word) => said.startsWith(word)) || reading.cues.has("ask");
}

/** "What is their phone?", "how much is it?" after a list are about its first. */
function firstShown(settled: Settled, reading: Reading): Settled {
  const { cues } = reading;
  if (settled.focus.length || !settled.shown.length || !cues.fields.length || reading.when) return settled;
  const bare = !reading.categories.length && !reading.attributes.length && !cues.has("search", "more", "cheaper");
  if (!cues.has("this") && !(bare && words(reading.text).length <= focusNumber("PICKING_WORDS"))) return settled;
  return { ...settled, focus: settled.shown.slice(0, 1) };
}

/** Providers named, settled by place and kind: for each name the meant one first, then its namesakes. */
function namedIn(reading: Reading, settled: Settled, trusted: boolean): Named[][] {
  const said = reading.places.flatMap((one) => one.cities);
  const cities = said.length ? said : settled.cities;
  const found = new Map<string, Named[]>();
  for (const mention of reading.names) {
    if (trusted && settled.focus.length && !mention.full) continue; // part of an address or of another name
    const sure = mention.full && mention.capital && mention.end - mention.start > 1;
    const certain = settle(mention, cities, settled.categories).filter((one) => (sure && trusted) || fits(one, sure, cities, settled));
    const [first] = certain;
    if (first && certain.length <= (mention.full ? 3 : 1)) found.set(first.id, [first, ...mention.providers.filter((one) => one !== first)]);
  }
  return [...found.values()];
}

function fits(named: Named, sure: boolean, cities: string[], settled: Settled): boolean {
  const kind = !settled.categories.length || shared(named.categories, settled.categories);
  const there = !cities.length || cities.includes(named.city ?? "");
  return sure ? kind || there : kind && there;
}
