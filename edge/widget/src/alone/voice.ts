/** How one answer speaks: messages of the node's own word files, and figures by the habit of language and country. */

import type { Card } from "../wire.ts";
import type { Fact } from "./card.ts";
import { ideaOf, split, spokenKey } from "./concept.ts";
import { Format } from "../format.ts";
import { en } from "../words/en.ts";
import type { Result } from "./query.ts";
import type { MarketDocument, Template } from "./rules.ts";
import type { Taxonomy } from "./taxonomy.ts";
import type { Understood } from "./understand.ts";

export interface Draft {
  question: string;
  understood: Understood;
  cards: Card[];
  result: Result;
  facts: Fact[];
  now: Date;
}

const NOW_MS = 900_000;

export class Voice {
  readonly draft: Draft;
  readonly market: MarketDocument;
  /** The language of the sentences: the visitor's where there are words for it, else English. */
  readonly language: string;
  readonly format: Format;
  private readonly taxonomy: Taxonomy;
  private readonly templates: Record<string, Template>;

  constructor(draft: Draft, market: MarketDocument, taxonomy: Taxonomy, templates: Record<string, Record<string, Template>>) {
    this.draft = draft;
    this.market = market;
    this.taxonomy = taxonomy;
    const wanted = draft.understood.language.split("-")[0] ?? "en";
    this.language = wanted in templates ? wanted : "en";
    this.templates = templates[this.language] ?? {};
    this.format = new Format(this.language, en, { country: market.country, currency: market.currency, time_zone: "UTC" });
  }

  has(key: string): boolean {
    return key in this.templates;
  }

  /** A message, filled; one with plural forms needs `count`. */
  say(key: string, values: Record<string, string | number> = {}): string {
    const found = this.templates[key] ?? "";
    const count = Number(values["count"] ?? 0);
    const pattern = typeof found === "string" ? found : (found[new Intl.PluralRules(this.language).select(count)] ?? found["other"] ?? found["0"] ?? "");
    return fill(pattern, values);
  }

  variants(key: string): string[] {
    const found = this.templates[key];
    return typeof found === "object" ? Object.values(found) : [];
  }

  /** A provider's name with its citation: "Rohrfrei Nord [1]". */
  who(id: string): string {
    const card = this.draft.cards.find((one) => one.id === id);
    return card ? `${card.name} [${card.number}]` : id;
  }

  series(items: string[], type: "conjunction" | "disjunction" = "conjunction"): string {
    return new Intl.ListFormat(this.language, { type }).format(items);
  }

  price(amount: number, currency: string | null | undefined): string {
    return this.format.price(amount, currency ?? this.market.currency);
  }

  clock(at: Date): string {
    return this.format.clock(at);
  }

  day(at: Date): string {
    return new Intl.DateTimeFormat(this.language, { weekday: "long", timeZone: "UTC" }).format(at);
  }

  when(at: Date): string {
    return this.say("word.when", { day: this.day(at), time: this.clock(at) });
  }

  tongues(codes: string[]): string {
    const names = new Intl.DisplayNames([this.language], { type: "language" });
    return this.series(codes.map((code) => names.of(code) ?? code));
  }

  category(id: string): string {
    return this.taxonomy.label(id, this.draft.understood.language);
  }

  /** An attribute's name inside a sentence. */
  attribute(key: string): string {
    const idea = ideaOf(key);
    if (idea && this.has(`concept.${idea}.label`)) return this.say(`concept.${idea}.label`);
    const plain = `attribute.${split(key).join("_")}`;
    return this.has(plain) ? this.say(plain) : spokenKey(key);
  }

  /** Whether a wished time is the present one, or none is wished. */
  get askedNow(): boolean {
    const { openAt } = this.draft.understood.query;
    return openAt === null || Math.abs(openAt.getTime() - this.draft.now.getTime()) < NOW_MS;
  }
}

/** Values into {slots}; braces in them mean nothing. */
export const fill = (pattern: string, values: Record<string, string | number>): string => pattern.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
export const wall = (iso: string): Date => new Date(`${iso}Z`);
export const sameDay = (a: Date, b: Date): boolean => a.toISOString().slice(0, 10) === b.toISOString().slice(0, 10);
