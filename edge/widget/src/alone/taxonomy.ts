/** The tree of categories and their names, and what the words of a text may mean in it. */

import { constant, type CategoryData, type CategoryWords } from "./rules.ts";

export const LABEL = 0;
export const TERM = 1;
export const PART = 2;
export const EXACT = 0;
export const STEM = 1;
export const SLIP = 3;

/** A category a word may mean, by index, and how: language index, LABEL/TERM/PART, EXACT/STEM/SOUND/SLIP. */
export interface Meaning {
  category: number;
  language: number;
  kind: number;
  form: number;
}

export class Taxonomy {
  private readonly data: Record<string, CategoryData>;
  private readonly below = new Map<string, string[]>();

  constructor(data: Record<string, CategoryData>) {
    this.data = data;
    for (const [id, { parent }] of Object.entries(data)) {
      if (parent) this.below.set(parent, [...(this.below.get(parent) ?? []), id]);
    }
  }

  /** The category and those above it, itself first. */
  lineage(id: string): string[] {
    const found: string[] = [];
    for (let at: string | null = id; at && !found.includes(at); at = this.data[at]?.parent ?? null) found.push(at);
    return found;
  }

  /** The category and everything under it. */
  within(id: string): string[] {
    const found = [id];
    for (const one of found) found.push(...(this.below.get(one) ?? []).filter((child) => !found.includes(child)));
    return found;
  }

  label(id: string, language: string): string {
    const labels = this.data[id]?.labels ?? {};
    return labels[language] ?? labels["en"] ?? id;
  }

  icon(id: string): string | null {
    return this.data[id]?.icon ?? null;
  }
}

export class WordList {
  readonly categories: string[];
  readonly languages: string[];
  private readonly keys: Map<string, number[]>;
  private readonly terms: number[];
  private readonly spelt = new Map<string, string[]>();

  constructor(stored: CategoryWords) {
    this.categories = stored.categories;
    this.languages = stored.languages;
    this.terms = stored.breadth;
    this.keys = new Map(Object.entries(stored.keys));
  }

  has(key: string): boolean {
    return this.keys.has(key);
  }

  meanings(key: string): Meaning[] {
    return (this.keys.get(key) ?? []).map((packed) => ({ category: packed >> 12, language: (packed >> 4) & 0xff, kind: (packed >> 2) & 3, form: packed & 3 }));
  }

  /** 1 for a category with few search terms, less for one that claims many. */
  breadth(category: number): number {
    const few = constant<number>("search.lexicon", "FEW_TERMS");
    return Math.max((this.terms[category] ?? 0) / few, 1) ** -constant<number>("search.lexicon", "BREADTH_EXPONENT");
  }

  /** Single words of these languages as spelt: what a slip is compared with. */
  words(languages: readonly string[]): string[] {
    const name = languages.join();
    let known = this.spelt.get(name);
    if (!known) {
      const places = new Set(languages.map((tag) => this.languages.indexOf(tag)));
      const spelt = ([key, found]: [string, number[]]): boolean => !key.includes(" ") && found.some((packed) => places.has((packed >> 4) & 0xff) && (packed & 3) === EXACT);
      known = [...this.keys].filter(spelt).map(([key]) => key);
      this.spelt.set(name, known);
    }
    return known;
  }
}
