/** Which records an answer shows: those spoken of, or found, a kind widened before a filter is let go; as the node's
`answer/choose`. */

import type { Catalog } from "./catalog.ts";
import type { Provider, Query, Relaxation, Result } from "./query.ts";
import { constant, constantSet } from "./rules.ts";
import type { Search } from "./search.ts";
import type { Understood } from "./understand.ts";

export interface Shelf {
  catalog: Catalog;
  search: Search;
}

const NONE: Result = { hits: [], found: "none", relaxed: [], total: 0 };

export function choose(understood: Understood, { catalog, search }: Shelf, now: Date): Result {
  if (constantSet("answer.choose", "SILENT").has(understood.intent)) return NONE;
  if (understood.providers.length) {
    const hits = catalog.many(understood.providers).map((kept) => ({ ...kept, distance_m: null }));
    return { hits, found: hits.length ? "exact" : "none", relaxed: [], total: hits.length };
  }
  const query = bounded(understood, catalog);
  const result = find(query, search, now);
  if (!understood.unknownPlace || query.cities.length || !result.hits.length) return result;
  return { ...result, found: "relaxed", relaxed: [{ what: "cities", wanted: understood.unknownPlace }, ...result.relaxed] };
}

/** The search as asked; where nothing fits exactly, with one kind widened at a time. */
function find(query: Query, search: Search, now: Date): Result {
  const first = search.find(query, now);
  if (first.found === "exact") return first;
  for (const [wider, letGo] of widened(query)) {
    const result = search.find(wider, now);
    if (result.found === "exact") return { ...result, found: "relaxed", relaxed: [letGo] };
  }
  return first;
}

function* widened(query: Query): Generator<[Query, Relaxation]> {
  let tried = 0;
  for (const [at, condition] of query.conditions.entries()) {
    for (const value of condition.or_else) {
      if (++tried > constant<number>("answer.choose", "MOST_WIDENINGS")) return;
      const conditions = query.conditions.with(at, { ...condition, any_of: [value], or_else: [] });
      yield [{ ...query, conditions }, { what: condition.key, wanted: condition.any_of.map(String).join(", ") }];
    }
  }
}

/** "Something cheaper": below the lowest price of what was shown, where prices are known. */
function bounded({ query, shown }: Understood, catalog: Catalog): Query {
  if (query.order !== "price" || !shown.length || query.priceMax !== null) return query;
  const prices = catalog.many(shown.slice(0, 1)).flatMap(({ provider }) => lowestPrice(provider)?.price_from || []);
  return prices.length ? { ...query, priceMax: Math.min(...prices) - 0.01 } : query;
}

/** The offer with the lowest stated price. */
export function lowestPrice(provider: Provider): NonNullable<Provider["offers"]>[number] | null {
  const priced = (provider.offers ?? []).filter((offer) => offer.price_from != null);
  return priced.reduce<(typeof priced)[number] | null>((low, one) => (low && (low.price_from ?? 0) <= (one.price_from ?? 0) ? low : one), null);
}
