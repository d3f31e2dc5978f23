/** Which categories a text names, in any language of the rules; the weighing is that of the node's `search/category`. */

import { words } from "./lexicon.ts";
import { CategoryReading, ForeignReading, isStopword, longest, SlipReading, type Unit, unitsOf } from "./mention.ts";
import { tokens } from "./fold.ts";
import { constant, type MarketData } from "./rules.ts";
import { EXACT, type Meaning, type Taxonomy, TERM, type WordList } from "./taxonomy.ts";

interface Match {
  id: string;
  score: number;
  start: number;
  end: number;
  exact: boolean;
  present: boolean;
  via: string | null;
}

/** A category asked for: `start` and `end` are word numbers. */
export interface CategoryMention {
  id: string;
  score: number;
  start: number;
  end: number;
  exact: boolean;
}

const number = (name: string): number => constant<number>("search.category", name);
const weight = (name: string, key: number): number => constant<Record<string, number>>("search.category", name)[String(key)] ?? 1;

export class CategoryMatcher {
  private readonly taxonomy: Taxonomy;
  private readonly list: WordList;
  private readonly presence = new Map<string, number>();
  private readonly places: ReadonlySet<string>;
  private readonly market: readonly string[];

  constructor(taxonomy: Taxonomy, list: WordList, { market, cities, category_counts }: MarketData) {
    this.taxonomy = taxonomy;
    this.list = list;
    this.market = market.languages;
    for (const [id, count] of Object.entries(category_counts)) {
      for (const above of taxonomy.lineage(id)) this.presence.set(above, (this.presence.get(above) ?? 0) + count);
    }
    const names = [...cities.map(([city]) => city), ...Object.values(market.name), ...Object.keys(market.places), ...Object.values(market.places).flat()];
    this.places = new Set(names.flatMap(tokens));
  }

  mentions(text: string, language: string): CategoryMention[] {
    const written = words(text);
    return this.match(text, language).flatMap(({ id, score, start, end, exact }) => {
      const inside = written.flatMap((word, at) => (word.start < end && start < word.end ? [at] : []));
      return inside.length ? [{ id, score, exact, start: inside[0] as number, end: (inside.at(-1) as number) + 1 }] : [];
    });
  }

  private match(text: string, language: string): Match[] {
    const units = unitsOf(text);
    const languages = this.languages(language);
    const sure = (spans: Match[][]): boolean => spans.some((span) => (span[0]?.score ?? 0) >= number("SURE"));
    const found = this.spans(units, new CategoryReading(this.list, languages, this.places));
    if (!sure(found)) found.push(...this.spans(units, new ForeignReading(this.list, languages, this.places)));
    if (!sure(found)) found.push(...this.spans(units, new SlipReading(this.list, languages, this.places)));
    const chosen: Match[] = [];
    for (const alternatives of found.map((span) => [spanWeight(span, units), span] as const).sort((a, b) => b[0] - a[0])) {
      const first = alternatives[1][0] as Match;
      if (!chosen.some((match) => match.start < first.end && first.start < match.end)) chosen.push(...alternatives[1]);
    }
    return chosen.sort((a, b) => b.score - a.score || a.start - b.start || (a.id < b.id ? -1 : 1));
  }

  /** Tags whose words count in full: the asker's, the market's, English. */
  private languages(language: string): string[] {
    const main = (tag: string): string => tag.split("-")[0] ?? tag;
    const first = this.list.languages.find((tag) => tag === language) ?? this.list.languages.find((tag) => main(tag) === main(language)) ?? "en";
    const wanted = new Set([language, ...this.market, "en"].map(main));
    return [first, ...this.list.languages.filter((tag) => wanted.has(main(tag)) && tag !== first)];
  }

  private spans(units: Unit[], reading: CategoryReading): Match[][] {
    const found: Match[][] = [];
    units.forEach((unit, start) => {
      for (let end = start + 1; end <= Math.min(units.length, start + longest(unit)); end++) {
        const alternatives = this.alternatives(units.slice(start, end), reading);
        if (alternatives.length) found.push(alternatives);
      }
    });
    return found;
  }

  private alternatives(span: Unit[], reading: CategoryReading): Match[] {
    const best = new Map<string, Match>();
    for (const meaning of reading.meanings(span)) {
      const match = this.of(meaning, span, reading);
      if (!match.present && reading.place(span)) continue;
      if ((best.get(match.id)?.score ?? -1) < match.score) best.set(match.id, match);
    }
    if (!best.size) return [];
    const ranked = presentFirst(this.withoutKinds(best)).sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    const top = ranked[0]?.score ?? 0;
    const shared = ranked.filter((match) => match.score > 0.9 * top).length ** -number("SHARED");
    const scored = ranked.map((match) => ({ ...match, score: Math.round(match.score * shared * 10_000) / 10_000 }));
    return scored.filter((match) => match.score >= number("FLOOR")).slice(0, number("ALTERNATIVES"));
  }

  /** The meanings without kinds of another one that is named about as well: that one includes them. */
  private withoutKinds(best: Map<string, Match>): Match[] {
    const kept = new Map(best);
    for (const [id, match] of best) {
      for (const above of this.taxonomy.lineage(id).slice(1)) {
        const wider = kept.get(above);
        if (!wider || wider.via !== null || wider.score < number("INCLUDES") * match.score) continue;
        kept.set(above, { ...wider, score: Math.max(match.score, wider.score) });
        kept.delete(id);
      }
    }
    return [...kept.values()];
  }

  private of(meaning: Meaning, span: Unit[], reading: CategoryReading): Match {
    const named = this.list.categories[meaning.category] as string;
    const here = this.taxonomy.lineage(named).find((id) => this.presence.has(id));
    const id = here ?? named;
    let score = weight("KIND_WEIGHT", meaning.kind) * weight("FORM_WEIGHT", meaning.form);
    score *= reading.native(meaning) ? 1 : number("FOREIGN");
    score *= meaning.kind === TERM ? this.list.breadth(meaning.category) : 1;
    if (here !== named) score *= weight(here === undefined ? "ABSENT" : "ROLLED_UP", meaning.kind);
    score += (0.01 * Math.log10(1 + (this.presence.get(id) ?? 0))) / 6;
    return {
      id,
      score,
      start: span[0]?.start ?? 0,
      end: span.at(-1)?.end ?? 0,
      exact: meaning.form === EXACT,
      present: here !== undefined,
      via: id === named ? null : named,
    };
  }
}

/** Absent meanings step back where the span means a category the catalogue has nearly as well. */
function presentFirst(found: Match[]): Match[] {
  const best = Math.max(...found.map((match) => match.score));
  if (!found.some((match) => match.present && match.score >= number("NEARLY") * best)) return found;
  return found.map((match) => (match.present ? match : { ...match, score: number("NEARLY") * match.score }));
}

function spanWeight(alternatives: Match[], units: Unit[]): number {
  const best = alternatives[0] as Match;
  const telling = units.filter((unit) => best.start <= unit.start && unit.end <= best.end && !isStopword(unit.text)).length;
  return best.score * (1 + number("LONGER_SPAN") * (Math.max(telling, 1) - 1));
}

