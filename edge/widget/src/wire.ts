/** What the node sends: the shapes of `/api/market` and of `grounding` in a reply. Types only. */

export interface Category {
  id: string;
  label: string;
  icon?: string | null;
  count: number;
}

export interface Market {
  id: string;
  name: string;
  languages: string[];
  currency?: string | null;
  country?: string | null;
  time_zone: string;
  emergency_number?: string | null;
  catalog_version: number;
  /** ISO 8601 date of the catalogue's data. */
  catalog_date?: string | null;
  providers: number;
  categories: Category[];
  examples: string[];
  /** The same page over a secure connection, where there is one. */
  secure_url?: string | null;
}

/** `until` and `opens` are market-local wall time without a zone: "2026-11-23T20:00:00". */
export interface Opening {
  state: "open" | "closed" | "unknown";
  until?: string | null;
  opens?: string | null;
}

export interface Card {
  id: string;
  number: number;
  name: string;
  category: string;
  category_id: string;
  icon?: string | null;
  city?: string | null;
  address?: string | null;
  phone?: string | null;
  url?: string | null;
  lat?: number | null;
  lon?: number | null;
  distance_m?: number | null;
  rating?: number | null;
  price_from?: number | null;
  currency?: string | null;
  price_band?: number | null;
  opening?: Opening | null;
  hours?: string | null;
  why?: string;
}

export interface Chip {
  text: string;
}

export interface Grounding {
  cards: Card[];
  language: string;
  found: "exact" | "relaxed" | "none";
  intent: string;
  chips: Chip[];
  total: number;
  /** This device answered, without the node. */
  alone?: boolean;
}

/** Where a question stands while it waits its turn. */
export interface Queue {
  /** Questions before it. */
  position: number;
  expected_wait_s: number;
}

/** What a request form shows, and the key that it seals to; see NODE.md. */
export interface LeadTerms {
  taking: boolean;
  key: string | null;
  key_id: string | null;
  version: string;
  language: string;
  consent: string;
}

/** A request as it goes to the node: nothing in it can be read there but whom it is for. */
export interface SealedLead {
  id: string;
  provider: string;
  consent: { version: string; language: string };
  envelope: { key_id: string; enc: string; sealed: string };
}

export interface Rating {
  answer_id: string;
  score: 1 | -1;
  reason: string;
}

/** What a hub has of a conversation; see the node's edge/privacy. */
export type Reached = "no_hub" | "nothing" | "some" | "unknown";

/** What the node holds of a conversation. */
export interface Held {
  code: string;
  questions_today: number | null;
  answers: unknown[];
  requests: unknown[];
  waiting: Record<string, number>;
  hub: Reached;
}

export interface Erased {
  code: string;
  hub: Reached;
}

export interface Message {
  role: "user" | "assistant";
  content: string;
}

/** Fills what a reply left out, so that views need no defaults of their own. */
export function completeGrounding(raw: Partial<Grounding>): Grounding {
  return {
    cards: Array.isArray(raw.cards) ? raw.cards : [],
    language: raw.language ?? "en",
    found: raw.found ?? "none",
    intent: raw.intent ?? "find",
    chips: Array.isArray(raw.chips) ? raw.chips : [],
    total: raw.total ?? 0,
  };
}
