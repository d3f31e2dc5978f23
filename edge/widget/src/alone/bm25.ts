/** BM25 as SQLite's FTS5 computes it, over a word index without contents: there, FTS5 itself cannot weigh columns.
A word stands at most once in a column of ours, so its weight in a record is the sum of its columns' weights. */

import type { Catalog } from "./catalog.ts";

const K1 = 1.2;
const B = 0.75;
const LEAST_IDF = 1e-6;
/** How much a word counts by the column it is found in. */
const WEIGHTS: Record<string, number> = { name: 6, category: 4, offers: 3, attributes: 3, texts: 1, city: 0.5 };

export class WordIndex {
  private readonly catalog: Catalog;
  private lengths: Map<number, number> | null = null;
  private average = 1;

  constructor(catalog: Catalog) {
    this.catalog = catalog;
  }

  /** Row ids of records with any of the words, best first; `facets` are words of which each record must have one. */
  ranked(words: string[], facets: string[][], most: number): number[] {
    const lengths = this.read();
    const scores = new Map<number, number>();
    for (const word of words) {
      const weights = new Map<number, number>();
      for (const [rowid, column] of this.catalog.occurrences(word)) {
        const weight = WEIGHTS[column];
        if (weight) weights.set(rowid, (weights.get(rowid) ?? 0) + weight);
      }
      const idf = Math.max(LEAST_IDF, Math.log((lengths.size - weights.size + 0.5) / (weights.size + 0.5)));
      for (const [rowid, weight] of weights) {
        const length = (lengths.get(rowid) ?? 0) / this.average;
        scores.set(rowid, (scores.get(rowid) ?? 0) + (idf * weight * (K1 + 1)) / (weight + K1 * (1 - B + B * length)));
      }
    }
    for (const any of facets) this.keep(scores, any);
    return [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most).map(([rowid]) => rowid);
  }

  private keep(scores: Map<number, number>, facets: string[]): void {
    const there = new Set(facets.flatMap((word) => this.catalog.withWord("facet", word)));
    for (const rowid of scores.keys()) if (!there.has(rowid)) scores.delete(rowid);
  }

  private read(): Map<number, number> {
    if (!this.lengths) {
      this.lengths = this.catalog.lengths();
      this.average = [...this.lengths.values()].reduce((sum, length) => sum + length, 0) / Math.max(1, this.lengths.size);
    }
    return this.lengths;
  }
}
