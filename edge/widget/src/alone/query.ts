/** What a search is asked and gives back; as the node's `search/query`. Types only. */

import type { Value } from "./rules.ts";

export interface Condition {
  key: string;
  any_of: Value[];
  /** Broader values to try where nothing meets `any_of`. */
  or_else: Value[];
}

export interface Near {
  lat: number;
  lon: number;
  radius_m?: number | null;
}

export interface Query {
  text: string;
  language: string;
  categories: string[];
  cities: string[];
  conditions: Condition[];
  excluded: string[];
  /** Market-local wall time in the UTC fields. */
  openAt: Date | null;
  priceMax: number | null;
  priceBands: number[];
  ratingMin: number | null;
  spoken: string[];
  near: Near | null;
  order: "fit" | "price" | "rating" | "distance";
  limit: number;
}

export interface Relaxation {
  what: string;
  wanted: string;
}

export type Found = "exact" | "relaxed" | "none";

/** A record as the interchange form has it, without its descriptions. */
export interface Provider {
  id: string;
  categories: string[];
  name: string;
  texts?: Record<string, { title?: string }>;
  city?: string | null;
  address?: string | null;
  lat?: number | null;
  lon?: number | null;
  phone?: string | null;
  email?: string | null;
  url?: string | null;
  opening_hours?: string | null;
  languages?: string[];
  attributes?: Record<string, Value>;
  rating?: number | null;
  price_band?: number | null;
  offers?: { name: Record<string, string>; price_from?: number | null; price_to?: number | null; currency?: string | null }[];
}

export interface Hit {
  provider: Provider;
  distance_m: number | null;
  /** Row of the hours table, or null. */
  hours: number | null;
}

export interface Result {
  hits: Hit[];
  found: Found;
  relaxed: Relaxation[];
  total: number;
}
