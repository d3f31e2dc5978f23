/** Tickets, chips and facts out of the records found: everything is the record's own; as the node's `answer/card`,
`chip` and `fact`. */

import type { Card } from "../wire.ts";
import type { Catalog } from "./catalog.ts";
import { lowestPrice } from "./choose.ts";
import { ideaOf } from "./concept.ts";
import type { Provider, Result } from "./query.ts";
import { constant, type MarketDocument, type Value } from "./rules.ts";
import type { Taxonomy } from "./taxonomy.ts";
import type { Understood } from "./understand.ts";

export interface Fact {
  provider: string;
  field: string;
  value: Value | null;
}

export interface CardGround {
  catalog: Catalog;
  taxonomy: Taxonomy;
  market: MarketDocument;
}

export function cardsOf(result: Result, { query, language }: Understood, now: Date, ground: CardGround): Card[] {
  const at = query.openAt ?? now;
  return result.hits.map(({ provider, distance_m, hours }, place) => {
    const category = provider.categories.find((id) => query.categories.includes(id)) ?? provider.categories[0] ?? "";
    const price = lowestPrice(provider);
    return {
      id: provider.id,
      number: place + 1,
      name: provider.name,
      category: ground.taxonomy.label(category, language),
      category_id: category,
      icon: ground.taxonomy.icon(category),
      city: provider.city ?? null,
      address: provider.address ?? null,
      phone: provider.phone ?? null,
      url: provider.url ?? null,
      lat: provider.lat ?? null,
      lon: provider.lon ?? null,
      distance_m,
      rating: ratingOf(provider),
      price_from: price?.price_from ?? null,
      currency: price ? (price.currency ?? ground.market.currency) : null,
      price_band: provider.price_band ?? null,
      opening: ground.catalog.opening(hours, at),
      hours: provider.opening_hours ?? null,
      why: why(provider, language),
    };
  });
}

function ratingOf({ rating, attributes }: Provider): number | null {
  if (rating != null) return rating;
  const stated = Number(attributes?.["rating"] || Number.NaN);
  return stated >= 0 && stated <= constant<number>("answer.card", "BEST_RATING") ? stated : null;
}

/** One short line from the record itself: its title in the language, else what kind it is. */
function why(provider: Provider, language: string): string {
  const title = (provider.texts?.[language] ?? provider.texts?.["en"])?.title;
  const most = constant<number>("answer.card", "WHY_CHARS");
  const cut = (text: string): string => ([...text].length <= most ? text : `${[...text].slice(0, most - 1).join("").trimEnd()}…`);
  if (title && title !== provider.name) return cut(title);
  const kinds = Object.values(provider.attributes ?? {}).filter((value) => typeof value === "string" && !/^[\d.]+$/.test(value));
  return cut(kinds.slice(0, constant<number>("answer.card", "WHY_PARTS")).join(" · "));
}

/** Messages that are offered next, by key. */
export function chipsOf(understood: Understood, cards: Card[], total: number): string[] {
  const { intent, fields, providers, query } = understood;
  const [first] = cards;
  if (!first) return [];
  if (cards.length === 1 || (["fact", "request"].includes(intent) && new Set(providers).size === 1)) {
    const there = { phone: first.phone, hours: first.hours, address: first.address, price: first.price_from };
    const keys = Object.entries(there).flatMap(([key, value]) => (value != null && !fields.includes(key) ? [key] : []));
    return intent === "find" && keys.length < 3 ? [...keys, "more"] : keys;
  }
  const wishes: [boolean, string][] = [
    [!query.openAt && cards.some((card) => card.opening?.state !== "unknown"), "open_now"],
    [query.order !== "price" && cards.filter((card) => card.price_from != null || card.price_band != null).length > 1, "cheaper"],
    [query.order !== "distance" && cards.some((card) => card.distance_m != null), "nearer"],
    [total > cards.length, "more"],
    [intent !== "compare", "compare"],
  ];
  return wishes.flatMap(([wanted, key]) => (wanted ? [key] : []));
}

/** One fact for each record and field asked for; null is said to be missing. */
export function factsOf(result: Result, { fields }: Understood, cards: Card[]): Fact[] {
  return result.hits.flatMap(({ provider }, at) => fields.map((field) => ({ provider: provider.id, ...fact(provider, field, cards[at]) })));
}

function fact(provider: Provider, field: string, card: Card | undefined): { field: string; value: Value | null } {
  if (field.startsWith("attributes.")) return { field, value: provider.attributes?.[field.slice("attributes.".length)] ?? null };
  const plain: Record<string, Value | null | undefined> = {
    phone: provider.phone, address: provider.address, url: provider.url, email: provider.email, hours: provider.opening_hours,
    rating: ratingOf(provider), languages: provider.languages?.join(", ") || null, distance: card?.distance_m, category: provider.categories[0],
  };
  return field in plain ? { field, value: plain[field] ?? null } : price(provider, field);
}

function price(provider: Provider, field: string): { field: string; value: Value | null } {
  if (!["price", "offers", "price_range"].includes(field)) return { field, value: null };
  if (provider.offers?.length) return { field: "offers", value: "offers" };
  const stated = Object.entries(provider.attributes ?? {});
  const told = stated.find(([key]) => key.includes("price")) ?? stated.find(([key]) => ["free_entry", "entry_fee"].includes(ideaOf(key) ?? ""));
  return told ? { field: `attributes.${told[0]}`, value: told[1] } : { field: "price", value: null };
}
