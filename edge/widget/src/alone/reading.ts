/** One message, read: its places, categories, attributes, prices, times, names and cues; as the node's `answer/reading`. */

import { type AttributeMention, AttributeVocabulary } from "./attribute.ts";
import { CategoryMatcher, type CategoryMention } from "./category.ts";
import { findLimits, findOrdinals, findSpoken, findWhen, type TimeWords } from "./figure.ts";
import { fold } from "./fold.ts";
import { Lexicon, type Mention, words } from "./lexicon.ts";
import { findNames, type Lookup, type NameMention } from "./name.ts";
import { Gazetteer, type PlaceMention } from "./place.ts";
import { constant, constantSet, type MarketData, type MarketDocument, type Phrase, type Rules } from "./rules.ts";
import type { Taxonomy, WordList } from "./taxonomy.ts";

/** Small words: what a person asks for about a provider, and what they want of the conversation. */
export class Cues {
  readonly fields: Mention<string>[];
  readonly cues: Mention<string>[];

  constructor(fields: Mention<string>[], cues: Mention<string>[]) {
    this.fields = fields;
    this.cues = cues;
  }

  has(...names: string[]): boolean {
    return this.cues.some((cue) => names.includes(cue.meaning));
  }

  spans(name: string): [number, number][] {
    return this.cues.filter((cue) => cue.meaning === name).map((cue) => [cue.start, cue.end]);
  }
}

export interface Reading {
  text: string;
  language: string;
  places: PlaceMention[];
  categories: CategoryMention[];
  attributes: AttributeMention[];
  bands: Mention<number>[];
  names: NameMention[];
  cues: Cues;
  when: Date | null;
  ordinals: number[];
  ratingMin: number | null;
  priceMax: number | null;
  spoken: string[];
  unknownPlace: string | null;
}

/** What the loaded catalogue and the rules let a reader recognise. */
export class Knowledge {
  readonly market: MarketDocument;
  readonly gazetteer: Gazetteer;
  readonly attributes: AttributeVocabulary;
  readonly counts: Record<string, number>;
  readonly categories: CategoryMatcher;
  readonly lookup: Lookup;
  readonly needs: Lexicon<string>;
  readonly ordinals: Lexicon<number>;
  readonly spoken: Lexicon<string>;
  readonly fields: Lexicon<string>;
  readonly cues: Lexicon<string>[];
  readonly times: TimeWords;
  readonly dates: Set<string>;

  constructor(rules: Rules, data: MarketData, taxonomy: Taxonomy, list: WordList, lookup: Lookup) {
    const lexicon = <T>(name: string): Lexicon<T> => new Lexicon((rules.lexicons[name] ?? []) as Phrase<T>[]);
    this.market = data.market;
    this.gazetteer = new Gazetteer(data);
    this.attributes = new AttributeVocabulary(data, (rules.lexicons["price"] ?? []) as Phrase<number>[], rules.price_bands);
    this.counts = data.category_counts;
    this.categories = new CategoryMatcher(taxonomy, list, data);
    this.lookup = lookup;
    this.needs = lexicon("need");
    this.ordinals = lexicon("ordinal");
    this.spoken = lexicon("spoken");
    this.fields = lexicon("field");
    this.cues = Object.keys(rules.lexicons).filter((name) => name.startsWith("cue.")).map((name) => lexicon(name));
    this.times = { time_of_day: lexicon("time_of_day"), day_ahead: lexicon("day_ahead"), weekday: lexicon("weekday"), now: lexicon("now") };
    const named = ["en", "ru", "es", "de", "fr"].flatMap((language) => Object.values(rules.calendar[language] ?? {}).flat());
    this.dates = new Set(named.map(fold));
  }
}

type Span = readonly [number, number];
const covered = (spans: Iterable<Span>): Set<number> => new Set([...spans].flatMap(([start, end]) => Array.from({ length: Math.max(0, end - start) }, (_, n) => start + n)));
const spanOf = ({ start, end }: { start: number; end: number }): Span => [start, end];

function inside({ start, end }: { start: number; end: number }, hidden: ReadonlySet<number>): boolean {
  for (let at = start; at < end; at++) if (!hidden.has(at)) return false;
  return end > start;
}

export function readMessage(text: string, language: string, knowledge: Knowledge, now: Date): Reading {
  let places = knowledge.gazetteer.find(text);
  let located = covered(places.filter((place) => !place.short).map(spanOf));
  let names = findNames(text, knowledge.lookup).filter((name) => !inside(name, located));
  const named = covered(names.filter((name) => name.capital && (name.full || name.end - name.start > 1)).map(spanOf));
  places = places.filter((place) => !inside(place, named));
  located = new Set([...named, ...covered(places.filter((place) => !place.short).map(spanOf))]);
  const cues = new Cues(knowledge.fields.find(text, language, true), readCues(text, language, knowledge));
  const hidden = new Set([...located, ...covered(cues.spans("search"))]);
  let attributes = knowledge.attributes.find(text, language).filter((one) => !inside(one, hidden));
  const { rating, price } = findLimits(text);
  const written = words(text);
  let categories = categoriesOf(text, language, knowledge, located);
  names = names.filter((name) => name.full || name.end - name.start > 1 || !spokenOf(name, attributes, categories));
  if (price !== null) categories = categories.filter((one) => !constantSet("answer.reading", "MONEY").has(written[one.start]?.folded ?? ""));
  const certain = covered(categories.filter((one) => one.score >= constant<number>("answer.reading", "CERTAIN")).map(spanOf));
  attributes = attributes.filter((one) => !(one.slip && inside(one, certain)));
  const known = covered([...categories, ...attributes, ...names, ...cues.fields, ...cues.cues].map(spanOf));
  const dear = new Set([...named, ...covered(cues.spans("cheaper"))]);
  return {
    text,
    language,
    places,
    categories,
    attributes,
    bands: knowledge.attributes.prices(text, language).filter((band) => !inside(band, dear)),
    names,
    cues,
    when: findWhen(text, now, language, knowledge.times),
    ordinals: findOrdinals(text, language, knowledge.ordinals),
    ratingMin: rating,
    priceMax: price,
    spoken: findSpoken(text, language, knowledge.spoken),
    unknownPlace: places.length || language === "de" ? null : unknownPlace(text, known, knowledge),
  };
}

function readCues(text: string, language: string, knowledge: Knowledge): Mention<string>[] {
  return knowledge.cues.flatMap((lexicon) => lexicon.find(text, language)).sort((a, b) => a.start - b.start);
}

/** Categories by name or term, and by what people need where the catalogue has such a category. */
function categoriesOf(text: string, language: string, knowledge: Knowledge, hidden: ReadonlySet<number>): CategoryMention[] {
  const score = constant<number>("answer.reading", "NEED_SCORE");
  const needs = knowledge.needs
    .find(text, language)
    .filter((need) => need.meaning in knowledge.counts && !inside(need, hidden))
    .map(({ meaning, start, end }) => ({ id: meaning, score, start, end, exact: true }));
  return [...knowledge.categories.mentions(text, language).filter((one) => !inside(one, hidden)), ...needs];
}

/** Is a one-word short name also a kind of thing ("Burmese" of "Burmese Kitchen")? Then it is that. */
function spokenOf(name: NameMention, attributes: AttributeMention[], categories: CategoryMention[]): boolean {
  const certain = categories.filter((one) => one.score >= constant<number>("answer.reading", "CERTAIN"));
  return [...attributes.filter((one) => !one.slip), ...certain].some(({ start, end }) => start <= name.start && name.start < end);
}

/** A name after "in" or "near" that nothing here knows: a place the catalogue lacks. */
function unknownPlace(text: string, known: ReadonlySet<number>, knowledge: Knowledge): string | null {
  const written = words(text);
  const before = constantSet("answer.reading", "PLACE_WORDS");
  for (let at = 1; at < written.length; at++) {
    const word = written[at]?.text ?? "";
    if (!before.has(written[at - 1]?.folded ?? "") || known.has(at) || [...word].length <= 3) continue;
    if (/^[\p{Lu}\p{Lt}]/u.test(word) && /^.[\p{Ll}\p{Nd}]+$/u.test(word) && !knowledge.dates.has(fold(word))) return word;
  }
  return null;
}

