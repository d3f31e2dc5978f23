/** Sentences that explain the cards: what fits, what was let go, what compares; as the node's `answer/listing`. */

import type { Card } from "../wire.ts";
import { ideaOf } from "./concept.ts";
import type { Condition, Query, Relaxation } from "./query.ts";
import { capital, sameDay, type Voice, wall } from "./voice.ts";

export const NAMED = 3;
const DETAILS = 3;
const SAID_ALONE = ["cuisine", "kind", "specialty"];
const STEM = 5;

export function exact(voice: Voice): string[] {
  const { cards, result } = voice.draft;
  const [total, shown] = [Math.max(result.total, cards.length), cards.length];
  const subject = subjectOf(voice);
  const key = `${total > shown && shown > 1 ? "find.first" : "find.heading"}${subject ? "" : "_bare"}`;
  return [voice.say(key, { subject, count: total, shown }), items(voice, "find.items", cards.length)];
}

export function relaxed(voice: Voice): string[] {
  const count = voice.draft.cards.length;
  return [letGo(voice), ...(count ? [items(voice, "relaxed.rest", count)] : [])];
}

export function nothing(voice: Voice): string[] {
  const subject = subjectOf(voice);
  return [voice.say(subject ? "find.none" : "find.none_bare", { subject }), voice.say("find.none_hint")];
}

/** Places that were asked for by name alone: what each is and where, open or not, its lowest price. */
export function introduced(voice: Voice): string[] {
  return voice.draft.cards.slice(0, NAMED).map((card) => {
    const kind = voice.category(card.category_id);
    const what = card.city ? voice.say("subject.place", { subject: kind, city: card.city }) : kind;
    const some = details(voice, card, false).slice(0, DETAILS).map((one) => said(voice, one));
    return `${voice.say("find.item", { who: voice.who(card.id), details: [what, ...some].join(", ") })}.`;
  });
}

export function compare(voice: Voice): string[] {
  const { cards } = voice.draft;
  const rows = cards.map((card) => item(voice, card, details(voice, card, true).slice(0, 5))).join("; ");
  const verdict = (key: string, value: (card: Card) => number | null | undefined, lowest: boolean): string[] => {
    const known = cards.map((card) => ({ card, value: value(card) }));
    if (known.some((one) => one.value == null)) return [];
    const [first, second] = known.sort((a, b) => ((a.value as number) - (b.value as number)) * (lowest ? 1 : -1));
    return first && second && first.value !== second.value ? [voice.say(key, { who: voice.who(first.card.id) })] : [];
  };
  return [
    voice.say("compare.rows", { items: rows }),
    ...verdict("compare.cheaper", (card) => card.price_from, true),
    ...verdict("compare.rated", (card) => card.rating, false),
    ...verdict("compare.nearer", (card) => card.distance_m, true),
  ];
}

function items(voice: Voice, key: string, count: number): string {
  const said = voice.draft.cards.slice(0, NAMED).map((card) => item(voice, card, details(voice, card, true).slice(0, DETAILS)));
  return voice.say(key, { items: said.join("; "), count });
}

/** One place with details: "Rohrfrei Nord [1] — open until 20:00, from 45 €". */
export function item(voice: Voice, card: Card, some: Detail[]): string {
  const text = some.map((one) => said(voice, one)).join(", ");
  return text ? voice.say("find.item", { who: voice.who(card.id), details: text }) : voice.who(card.id);
}

/** One thing that speaks for a place: the message that says it, and its values. */
export interface Detail {
  key: string;
  values: Record<string, string>;
}

/** The detail in the template's words. */
export const said = (voice: Voice, { key, values }: Detail): string => voice.say(`detail.${key}`, values);

/** What to say of a card, the asked-for first. */
export function details(voice: Voice, card: Card, withCity: boolean): Detail[] {
  const { query } = voice.draft.understood;
  const { format } = voice;
  const several = new Set(voice.draft.cards.map((one) => one.city)).size > 1;
  const found: Record<string, Detail | null> = {
    city: withCity && several && card.city && !query.cities.includes(card.city) ? { key: "city", values: { city: card.city } } : null,
    opening: opening(voice, card),
    price: card.price_from == null ? null : { key: "price_from", values: { price: voice.price(card.price_from, card.currency) } },
    distance: card.distance_m == null ? null : { key: "distance", values: { distance: format.distance(card.distance_m) } },
    rating: card.rating == null ? null : { key: "rating", values: { rating: format.number(card.rating, 2) } },
  };
  return order(query).flatMap((name) => found[name] ?? []);
}

function order(query: Query): string[] {
  const asked = query.order !== "fit" ? query.order : query.ratingMin !== null ? "rating" : query.priceMax !== null || query.priceBands.length ? "price" : "";
  const names = ["opening", "price", "distance", "rating"];
  return ["city", ...names.filter((name) => name === asked), ...names.filter((name) => name !== asked)];
}

function opening(voice: Voice, card: Card): Detail | null {
  const state = card.opening;
  if (!state || state.state === "unknown") return null;
  if (state.state === "open") {
    if (card.hours?.trim() === "24/7") return { key: "always", values: {} };
    if (state.until) return { key: "open_until", values: { time: voice.clock(wall(state.until)) } };
    return voice.askedNow ? { key: "open", values: {} } : null;
  }
  if (!state.opens) return { key: voice.askedNow ? "closed" : "closed_then", values: {} };
  const opens = wall(state.opens);
  const now = voice.draft.understood.query.openAt ?? voice.draft.now;
  return { key: sameDay(now, opens) ? "opens" : "opens_day", values: { time: voice.clock(opens), day: voice.day(opens) } };
}

/** What was asked for, as a heading: "Plumber in Olkhovo, open now". */
export function subjectOf(voice: Voice): string {
  const { query } = voice.draft.understood;
  const named = placeOf(voice, query.categories, query.cities);
  return capital([named, ...wishes(voice, query).filter((text) => !within(text, named))].filter(Boolean).join(", "));
}

/** Whether a kind says it already: "italian" of "Italian restaurant". */
function within(text: string, named: string): boolean {
  const stems = new Set(named.toLowerCase().split(/\s+/).map((word) => word.slice(0, STEM)));
  return text.toLowerCase().split(/\s+/).some((word) => word.length >= STEM && stems.has(word.slice(0, STEM)));
}

function placeOf(voice: Voice, categories: string[], cities: string[]): string {
  const names = [...new Set(categories.map((id) => voice.category(id)))];
  const subject = names.length && names.length <= 2 ? voice.series(names, "disjunction") : "";
  if (!cities.length) return subject;
  return voice.say(subject ? "subject.place" : "subject.place_bare", { subject, city: voice.series(cities, "disjunction") });
}

const WISHES = ["price_max", "price_bands", "rating_min", "spoken", "near"];

function wishes(voice: Voice, query: Query): string[] {
  return [...query.conditions.map((one) => condition(voice, one)), ...["open_at", ...WISHES].map((what) => wish(voice, query, what))].filter(Boolean);
}

function wish(voice: Voice, query: Query, what: string): string {
  if (what === "open_at" && query.openAt) return voice.askedNow ? voice.say("subject.open_now") : voice.say("subject.open_at", { when: voice.when(query.openAt) });
  if (what === "price_max" && query.priceMax !== null) return voice.say("subject.price_max", { price: voice.price(query.priceMax, null) });
  if (what === "price_bands" && query.priceBands.length) return voice.series(query.priceBands.flatMap((band) => voice.variants("subject.price_band")[band - 1] ?? []), "disjunction");
  if (what === "rating_min" && query.ratingMin !== null) return voice.say("subject.rating_min", { rating: voice.format.number(query.ratingMin, 2) });
  if (what === "spoken" && query.spoken.length) return voice.say("subject.spoken", { languages: voice.tongues(query.spoken) });
  return what === "near" && query.near?.radius_m ? voice.say("subject.near") : "";
}

function condition(voice: Voice, { key, any_of }: Condition): string {
  const label = voice.attribute(key);
  if (any_of.length && any_of.every((value) => value === true)) return label;
  if (any_of.length && any_of.every((value) => value === false)) return voice.say("subject.without", { label });
  const value = voice.series(any_of.map(String), "disjunction");
  return SAID_ALONE.includes(ideaOf(key) ?? "") ? value : voice.say("subject.named", { label, value });
}

/** What the search let go, plainly: "Plumber in Olkhovo: nothing is open now." */
export function letGo(voice: Voice): string {
  const { query } = voice.draft.understood;
  const gone = new Set(voice.draft.result.relaxed.map((one) => one.what));
  const subject = placeOf(voice, gone.has("categories") ? [] : query.categories, gone.has("cities") ? [] : query.cities);
  const said = regret(voice, query);
  return capital(subject ? voice.say("relaxed.about", { subject, said }) : said);
}

function regret(voice: Voice, query: Query): string {
  const { relaxed: gone } = voice.draft.result;
  const said = gone.map((one) => goneInWords(voice, query, one));
  if (gone.length > 1) return voice.say("relaxed.many", { conditions: voice.series(said) });
  const [what, label] = [gone[0]?.what ?? "other", said[0] ?? ""];
  const places = [...new Set(voice.draft.cards.flatMap((card) => card.city || []))];
  let key = what === "open_at" && voice.askedNow ? "open_now" : what;
  if (what === "price_max" && query.priceMax === null) key = "cheaper";
  if (what === "cities" && places.length && !places.some((city) => query.cities.includes(city))) key = "elsewhere";
  if (!voice.has(`relaxed.${key}`)) key = label ? "condition" : "other";
  return voice.say(`relaxed.${key}`, {
    label, city: label, places: voice.series(places), count: voice.draft.cards.length,
    when: query.openAt ? voice.when(query.openAt) : label,
    price: query.priceMax === null ? label : voice.price(query.priceMax, null),
    rating: query.ratingMin === null ? label : voice.format.number(query.ratingMin, 2),
    languages: query.spoken.length ? voice.tongues(query.spoken) : label,
  });
}

function goneInWords(voice: Voice, query: Query, { what, wanted }: Relaxation): string {
  if (what === "cities") return voice.series(query.cities, "disjunction") || wanted;
  if (what === "categories") return voice.series([...new Set(query.categories.map((id) => voice.category(id)))], "disjunction") || wanted;
  if (what === "price_max" && query.priceMax === null) return voice.say("subject.cheaper");
  const asked = query.conditions.find((one) => one.key === what);
  return asked ? condition(voice, asked) : wish(voice, query, what) || wanted;
}
