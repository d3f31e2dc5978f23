/** Finds providers: filters, then words, then what was asked for decides; as the node's `search/service`, `rank` and
`fuse`, without ranking by meaning, for which a page has no model. */

import { WordIndex } from "./bm25.ts";
import type { Catalog } from "./catalog.ts";
import { any, categoryFilter, choose, type Chosen, distances, type Filter, filters } from "./filter.ts";
import { fold, latin, sound, stems, tokens } from "./fold.ts";
import { likeness } from "./likeness.ts";
import type { Near, Query, Result } from "./query.ts";
import { constant } from "./rules.ts";
import type { Taxonomy } from "./taxonomy.ts";

const asked = (name: string): number => constant<number>("search.text_query", name);
const fusing = (name: string): number => constant<number>("search.fuse", name);
const CLOSED = { open: 0, unknown: 1, closed: 2 };

export class Search {
  private readonly catalog: Catalog;
  private readonly taxonomy: Taxonomy;
  private readonly index: WordIndex;
  private readonly frequencies = new Map<string, number>();

  constructor(catalog: Catalog, taxonomy: Taxonomy) {
    this.catalog = catalog;
    this.index = new WordIndex(catalog);
    this.taxonomy = taxonomy;
  }

  find(query: Query, now: Date): Result {
    const chosen = this.choose(query);
    const scores = this.score(query, chosen);
    const mask = filtered(query) ? chosen.mask : chosen.mask.map((one, at) => (one && (scores[at] ?? 0) > 0 ? 1 : 0));
    const best = this.order(query, mask, scores, query.near ?? this.middle(query, chosen), now);
    const far = query.near ? distances(query.near, this.catalog) : null;
    const hits = best.slice(0, Math.max(query.limit, 0)).map((at) => ({ ...this.catalog.record(at), distance_m: far?.[at] ?? null }));
    const found = !hits.length ? "none" : chosen.relaxed.length ? "relaxed" : "exact";
    return { hits, found, relaxed: hits.length ? chosen.relaxed : [], total: best.length };
  }

  private choose(query: Query): Chosen {
    const demands = filters(query, this.catalog, this.taxonomy);
    const chosen = choose(demands, this.catalog.count);
    return any(chosen.mask) || !query.categories.length ? chosen : (this.wider(query, demands) ?? chosen);
  }

  /** Nobody has the category: those of the kind it belongs to, said as a relaxation. */
  private wider(query: Query, demands: Filter[]): Chosen | null {
    const above = query.categories.map((id) => this.taxonomy.lineage(id).slice(1));
    const rest = demands.filter((demand) => demand.what !== "categories");
    for (let level = 0; level < Math.min(...above.map((one) => one.length)); level++) {
      const wider = categoryFilter(above.map((one) => one[level] as string), this.catalog, this.taxonomy);
      const chosen = choose([wider, ...rest], this.catalog.count);
      if (any(chosen.mask)) return { mask: chosen.mask, relaxed: [{ what: "categories", wanted: query.categories.join(", ") }, ...chosen.relaxed] };
    }
    return null;
  }

  /** How well each position fits what was said: reciprocal rank fusion over words, names and nearness. */
  private score(query: Query, chosen: Chosen): Float64Array {
    const scores = new Float64Array(this.catalog.count);
    const add = (positions: number[], weight: number): void => {
      positions.forEach((at, rank) => (scores[at] = (scores[at] ?? 0) + weight / (fusing("RRF") + 1 + rank)));
    };
    const among = (rowids: number[]): number[] => this.catalog.positions(rowids).filter((at) => chosen.mask[at]);
    if (query.text && any(chosen.mask)) {
      add(among(this.byWords(query, chosen)), constant<number>("search.rank", "TEXT_WEIGHT"));
      add(among(this.nearlyNamed(query.text)), constant<number>("search.rank", "NAME_WEIGHT"));
    }
    if (query.near) add(this.nearest(query.near, chosen), constant<number>("search.rank", "NEAR_WEIGHT"));
    return scores;
  }

  private byWords(query: Query, chosen: Chosen): number[] {
    const text = query.text.slice(0, asked("LONG_TEXT"));
    const said = [...tokens(text), ...stems(text, query.language), ...heard(text)];
    const rarest = this.rarest("search_text_word", said, asked("WORDS_LIMIT"));
    if (!rarest.length) return [];
    const letGo = new Set(chosen.relaxed.map((one) => one.what));
    const kinds = letGo.has("categories") ? [] : [...new Set(query.categories.flatMap((id) => this.taxonomy.within(id)))].filter((id) => this.catalog.withCategory(id).length);
    const cities = letGo.has("cities") ? [] : query.cities;
    const facets = [kinds.map((id) => `c0${tokens(id).join("0")}`), cities.map((city) => `y0${fold(city).replaceAll(" ", "0")}`)];
    return this.index.ranked(rarest, facets.filter((one) => one.length), asked("RANKED_LIMIT"));
  }

  private nearlyNamed(text: string): number[] {
    const said = latin(text.slice(0, asked("LONG_TEXT"))).slice(0, asked("TEXT_LIMIT"));
    const parts = Array.from({ length: Math.max(0, said.length - 2) }, (_, at) => said.slice(at, at + 3));
    const rarest = this.rarest("search_name_part", parts, asked("TRIGRAMS_LIMIT"));
    if (!rarest.length) return [];
    return this.catalog
      .nearNames(either(rarest), asked("NAME_POOL"))
      .map(({ rowid, name }) => ({ rowid, like: likeness(said, name) }))
      .filter(({ like }) => like >= asked("NAME_LIKENESS"))
      .sort((a, b) => b.like - a.like || a.rowid - b.rowid)
      .slice(0, asked("NAMED_LIMIT"))
      .map(({ rowid }) => rowid);
  }

  /** Terms that stand somewhere, rarest first, within the budget of records to be read. */
  private rarest(table: "search_text_word" | "search_name_part", terms: string[], most: number): string[] {
    const standing = [...new Set(terms)]
      .map((term): [number, string] => [this.frequency(table, term), term])
      .filter(([count]) => count > 0)
      .sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1))
      .slice(0, most);
    let read = 0;
    return standing.filter(([count]) => (read += count) <= asked("RECORDS_LIMIT")).map(([, term]) => term);
  }

  private frequency(table: "search_text_word" | "search_name_part", term: string): number {
    const key = `${table} ${term}`;
    let known = this.frequencies.get(key);
    if (known === undefined) {
      known = this.catalog.frequency(table, term);
      if (this.frequencies.size > asked("REMEMBERED_LIMIT")) this.frequencies.clear();
      this.frequencies.set(key, known);
    }
    return known;
  }

  private nearest(near: Near, chosen: Chosen): number[] {
    const far = distances(near, this.catalog);
    const placed = [...far.keys()].filter((at) => chosen.mask[at] && far[at] !== null);
    return placed.sort((a, b) => (far[a] ?? 0) - (far[b] ?? 0) || a - b);
  }

  /** Positions in the mask, best first; asked for the cheapest and the like, the pool that fits the words best leads. */
  private order(query: Query, mask: Uint8Array, scores: Float64Array, near: Near | null, now: Date): number[] {
    const { rating, price, band } = this.catalog;
    const positions = [...mask.keys()].filter((at) => mask[at]);
    const far = near ? distances(near, this.catalog) : null;
    const closed = new Map(positions.map((at) => [at, CLOSED[this.catalog.state(at, query.openAt ?? now)]]));
    const money = price.some((one) => one !== null) ? price : band;
    const rated = (at: number): number => -(rating[at] ?? fusing("RATING_PRIOR"));
    const metres = (at: number): number => (far ? (far[at] ?? Infinity) : 0);
    const wanted = { fit: () => 0, rating: rated, price: (at: number) => money[at] ?? Infinity, distance: metres }[query.order];
    const outside = query.order === "fit" ? () => 0 : outsidePool(positions, scores);
    const keys = [outside, wanted, (at: number) => -(scores[at] ?? 0), metres, (at: number) => closed.get(at) ?? 1, rated, (at: number) => at];
    const ranked = positions.map((at) => keys.map((key) => key(at)));
    return ranked.sort(compare).map((one) => one.at(-1) as number);
  }

  /** The middle of the asked city, when the city was let go: from there, the nearest is offered. */
  private middle(query: Query, chosen: Chosen): Near | null {
    if (!chosen.relaxed.some((one) => one.what === "cities")) return null;
    const keys = query.cities.map(fold);
    const there = this.catalog.city.flatMap((city, at) => (city !== null && keys.includes(city) && this.catalog.lat[at] !== null && this.catalog.lon[at] !== null ? [at] : []));
    if (!there.length) return null;
    const median = (values: (number | null)[]): number => {
      const sorted = there.map((at) => values[at] as number).sort((a, b) => a - b);
      const half = sorted.length >> 1;
      return sorted.length % 2 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
    };
    return { lat: median(this.catalog.lat), lon: median(this.catalog.lon) };
  }
}

function compare(a: number[], b: number[]): number {
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at] as number, b[at] as number];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/** Who is not among the best fitting, where some fit at all. */
function outsidePool(positions: number[], scores: Float64Array): (at: number) => number {
  const fit = positions.map((at) => scores[at] ?? 0);
  if (!fit.some(Boolean)) return () => 0;
  const worst = [...fit].sort((a, b) => b - a)[Math.min(fusing("POOL"), fit.length) - 1] as number;
  return (at) => ((scores[at] ?? 0) < worst || !scores[at] ? 1 : 0);
}

/** Is anything but a text asked? Of a text alone, only who fits it is an answer. */
function filtered(query: Query): boolean {
  const lists = [query.categories, query.cities, query.conditions, query.priceBands, query.spoken];
  const single = [query.openAt, query.near, query.priceMax, query.ratingMin];
  return !query.text.trim() || lists.some((one) => one.length) || single.some((one) => one !== null);
}

/** How long Latin words sound, with and without an ending: they may be typed for another script's. */
function heard(text: string): string[] {
  const [least, endings] = [asked("HEARD_LETTERS"), asked("ENDING_LETTERS")];
  const said = tokens(text).filter((token) => /^[\0-\x7f]+$/.test(token) && token.length >= least).map((token) => `s0${sound(token)}`);
  return said.flatMap((word) => Array.from({ length: endings }, (_, cut) => word.slice(0, word.length - cut)).filter((one) => one.length > least));
}

const either = (terms: string[]): string => terms.map((term) => `"${term.replaceAll('"', '""')}"`).join(" OR ");
