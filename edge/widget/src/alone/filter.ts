/** What a query demands, who meets it, and what is let go when nobody does; as the node's `search/filter` and `relax`. */

import type { Catalog } from "./catalog.ts";
import { fold } from "./fold.ts";
import type { Condition, Near, Query, Relaxation } from "./query.ts";
import { constant, type Value } from "./rules.ts";
import type { Taxonomy } from "./taxonomy.ts";

export type Mask = Uint8Array;

/** `meets`: who is known to fit; `allows`: those and who says nothing about it. A `firm` one is never let go. */
export interface Filter {
  what: string;
  wanted: string;
  meets: Mask;
  allows: Mask;
  firm: boolean;
}

export interface Chosen {
  mask: Mask;
  relaxed: Relaxation[];
}

const EARTH_RADIUS_M = 6_371_008.8;

export function maskOf(positions: Iterable<number>, count: number): Mask {
  const mask = new Uint8Array(count);
  for (const at of positions) mask[at] = 1;
  return mask;
}

const either = (a: Mask, b: Mask): Mask => a.map((one, at) => one | (b[at] ?? 0));
const not = (a: Mask): Mask => a.map((one) => 1 - one);
export const any = (mask: Mask): boolean => mask.includes(1);

export function categoryFilter(categories: string[], catalog: Catalog, taxonomy: Taxonomy): Filter {
  const every = new Set(categories.flatMap((id) => taxonomy.within(id)));
  const meets = maskOf([...every].flatMap((id) => catalog.withCategory(id)), catalog.count);
  return { what: "categories", wanted: [...new Set(categories)].join(", "), meets, allows: meets, firm: true };
}

export function filters(query: Query, catalog: Catalog, taxonomy: Taxonomy): Filter[] {
  const { count } = catalog;
  const soft = (what: string, wanted: string, meets: Mask, silent: Mask): Filter => ({ what, wanted, meets, allows: either(meets, silent), firm: false });
  const made: Filter[] = [];
  if (query.categories.length) made.push(categoryFilter(query.categories, catalog, taxonomy));
  if (query.excluded.length) {
    const rest = not(maskOf(catalog.withIds(query.excluded), count));
    made.push({ what: "excluded", wanted: query.excluded.join(", "), meets: rest, allows: rest, firm: true });
  }
  if (query.cities.length) {
    const keys = new Set(query.cities.map(fold));
    made.push(soft("cities", query.cities.join(", "), by(catalog.city, (city) => keys.has(city)), silent(catalog.city)));
  }
  for (const condition of query.conditions) made.push(conditionFilter(condition, catalog));
  const { priceMax, ratingMin, openAt, near } = query;
  if (priceMax !== null) made.push(soft("price_max", String(priceMax), by(catalog.price, (price) => price <= priceMax), silent(catalog.price)));
  if (ratingMin !== null) made.push(soft("rating_min", String(ratingMin), by(catalog.rating, (rating) => rating >= ratingMin), silent(catalog.rating)));
  if (query.priceBands.length) made.push(soft("price_bands", query.priceBands.join(", "), by(catalog.band, (band) => query.priceBands.includes(band)), silent(catalog.band)));
  if (query.spoken.length) {
    const told = not(maskOf(catalog.tellingLanguages(), count));
    made.push(soft("spoken", query.spoken.join(", "), maskOf(query.spoken.flatMap((one) => catalog.speaking(one)), count), told));
  }
  if (near?.radius_m) {
    const [far, radius] = [distances(near, catalog), near.radius_m];
    made.push(soft("near", `${radius} m`, by(far, (metres) => metres <= radius), silent(far)));
  }
  if (openAt) {
    const states = Array.from({ length: count }, (_, at) => catalog.state(at, openAt));
    made.push(soft("open_at", openAt.toISOString().slice(0, 16), by(states, (state) => state === "open"), by(states, (state) => state === "unknown")));
  }
  return made;
}

function by<T>(values: (T | null)[], fits: (value: T) => boolean): Mask {
  return Uint8Array.from(values, (value) => (value !== null && fits(value) ? 1 : 0));
}

const silent = (values: unknown[]): Mask => Uint8Array.from(values, (value) => (value === null ? 1 : 0));
export const folded = (value: Value): string => (typeof value === "boolean" ? String(value) : fold(String(value)));

function conditionFilter({ key, any_of }: Condition, catalog: Catalog): Filter {
  const meets = maskOf(any_of.flatMap((value) => catalog.withValue(key, folded(value))), catalog.count);
  const quiet = not(maskOf(catalog.stating(key), catalog.count));
  return { what: key, wanted: any_of.map(String).join(", "), meets, allows: either(meets, quiet), firm: false };
}

/** Great-circle distance of every provider from a point (haversine), in metres; null where it has no place. */
export function distances(near: Near, catalog: Catalog): (number | null)[] {
  const rad = (degrees: number): number => (degrees * Math.PI) / 180;
  return catalog.lat.map((lat, at) => {
    const lon = catalog.lon[at];
    if (lat === null || lon == null) return null;
    const part = Math.sin((rad(lat) - rad(near.lat)) / 2) ** 2 + Math.cos(rad(lat)) * Math.cos(rad(near.lat)) * Math.sin((rad(lon) - rad(near.lon)) / 2) ** 2;
    return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(Math.min(part, 1)));
  });
}

/** Who meets the filters, letting go of as few as it takes to have anybody. */
export function choose(demands: Filter[], count: number): Chosen {
  const base = new Uint8Array(count).fill(1);
  for (const demand of demands) if (demand.firm) narrow(base, demand.meets);
  const soft = ordered(demands.filter((demand) => !demand.firm));
  const relaxed = (touched: Set<number>): Relaxation[] => soft.flatMap(({ what, wanted }, at) => (touched.has(at) ? [{ what, wanted }] : []));
  if (!any(base)) return { mask: base, relaxed: [] };
  for (const [lenient, dropped] of attempts(soft.length)) {
    const mask = base.slice();
    soft.forEach((demand, at) => {
      if (!dropped.has(at)) narrow(mask, lenient.has(at) ? demand.allows : demand.meets);
    });
    if (any(mask)) return { mask, relaxed: relaxed(new Set([...lenient, ...dropped])) };
  }
  return { mask: base, relaxed: relaxed(new Set(soft.keys())) };
}

function narrow(mask: Mask, by: Mask): void {
  for (let at = 0; at < mask.length; at++) mask[at] = (mask[at] ?? 0) & (by[at] ?? 0);
}

/** In the order in which they are let go. */
function ordered(soft: Filter[]): Filter[] {
  const order = constant<string[]>("search.relax", "ORDER");
  const conditions = order.indexOf(constant<string>("search.relax", "CONDITIONS"));
  const rank = ({ what }: Filter): number => (order.includes(what) ? order.indexOf(what) : conditions);
  return soft.reverse().sort((a, b) => rank(a) - rank(b));
}

/** Filters that let the silent in, and filters dropped: none, one, two, three; then one more each time. */
function* attempts(count: number): Generator<[Set<number>, Set<number>]> {
  const together = constant<number>("search.relax", "TRIED_TOGETHER");
  for (let size = 0; size <= Math.min(count, together); size++) {
    const every = [...combinations(count, size)];
    for (const places of every) yield [new Set(places), new Set()];
    if (size) for (const places of every) yield [new Set(), new Set(places)];
  }
  for (let size = together + 1; size < count; size++) yield [new Set(), new Set(Array.from({ length: size }, (_, at) => at))];
}

function* combinations(count: number, size: number, from = 0): Generator<number[]> {
  if (size === 0) yield [];
  else for (let at = from; at <= count - size; at++) for (const rest of combinations(count, size - 1, at + 1)) yield [at, ...rest];
}
