/** Which attribute values a person means, in the words of the catalogue; as the node's `answer/attribute`. */

import { fold } from "./fold.ts";
import { Lexicon, type Mention, words } from "./lexicon.ts";
import { type AttributeData, constant, type MarketData, type Meant, type Phrase, type Value } from "./rules.ts";

export interface AttributeMention {
  meaning: Meant;
  start: number;
  end: number;
  slip: boolean;
}

export const isFlag = (meant: Meant): boolean => typeof meant.any_of[0] === "boolean";
const unique = <T>(values: T[]): T[] => [...new Set(values)];

export class AttributeVocabulary {
  readonly attributes: Record<string, AttributeData>;
  readonly priceKey: string | null;
  private readonly lexicon: Lexicon<Meant>;
  private readonly price: Lexicon<number>;
  private readonly bands: Record<string, number>;

  constructor(data: MarketData, price: Phrase<number>[], bands: Record<string, number>) {
    this.attributes = data.attributes;
    this.priceKey = data.price_key;
    this.lexicon = new Lexicon(data.lexicons.attribute);
    this.price = new Lexicon(price);
    this.bands = bands;
  }

  find(text: string, language: string): AttributeMention[] {
    const found = new Map<string, AttributeMention>();
    const slips = new Set<number>();
    for (const { meaning, start, end, slip } of this.lexicon.find(text, language, true)) {
      const span = `${meaning.key} ${start} ${end}`;
      const known = found.get(span);
      found.set(span, { meaning: known ? joined(known.meaning, meaning) : meaning, start, end, slip: false });
      if (slip) slips.add(start);
    }
    const mentions = [...found.values()].map((one) => ({ ...one, meaning: this.usual(one.meaning), slip: slips.has(one.start) }));
    const kinds = new Set(mentions.filter((one) => !isFlag(one.meaning)).map((one) => `${one.start} ${one.end}`));
    const told = mentions.filter((one) => !isFlag(one.meaning) || !kinds.has(`${one.start} ${one.end}`));
    return [...told, ...this.stars(text)].sort((a, b) => a.start - b.start);
  }

  /** How dear it should be: band 1 to 4, and its words. */
  prices(text: string, language: string): Mention<number>[] {
    return this.price.find(text, language, true);
  }

  /** The catalogue's spellings of a band, or of the nearest that it has; commonest first. */
  priceValues(band: number): Value[] {
    const values = this.priceKey ? (this.attributes[this.priceKey]?.values ?? []) : [];
    const known = values.flatMap(([value, count]) => {
      const said = this.bands[fold(String(value))];
      return said === undefined ? [] : [{ value, count, off: Math.abs(said - band) }];
    });
    const nearest = Math.min(...known.map((one) => one.off));
    return known.filter((one) => one.off === nearest).sort((a, b) => b.count - a.count).map((one) => one.value);
  }

  /** Categories that state one of the values, with counts; of a yes/no attribute, all that state it. */
  statedBy(key: string, values: Value[]): Record<string, number> {
    const attribute = this.attributes[key];
    if (!attribute) return {};
    if (attribute.kind === "flag" || !attribute.homes.length) return attribute.categories;
    const found: Record<string, number> = {};
    for (const value of values) {
      for (const [category, count] of Object.entries(attribute.homes.find(([one]) => one === value)?.[1] ?? {})) found[category] = (found[category] ?? 0) + count;
    }
    return found;
  }

  /** A kind that the catalogue hardly uses is mostly filed under the broader one: either will do. */
  private usual(meant: Meant): Meant {
    const broader = meant.broader[0];
    if (broader === undefined || isFlag(meant)) return meant;
    const count = (value: Value): number => this.attributes[meant.key]?.values.find(([one]) => one === value)?.[1] ?? 0;
    const used = meant.any_of.reduce((sum: number, value) => sum + count(value), 0);
    const rare = Math.max(constant<number>("answer.attribute", "RARE_COUNT"), count(broader) * constant<number>("answer.attribute", "RARE_SHARE"));
    return used > rare ? meant : { ...meant, any_of: [...meant.any_of, broader], broader: meant.broader.slice(1) };
  }

  private stars(text: string): AttributeMention[] {
    const about = Object.entries(this.attributes).filter(([key, { kind }]) => key.includes("star") && kind === "number");
    return findStars(text).flatMap(({ number, start, end }) =>
      about.flatMap(([key, { values }]) => {
        const any_of = values.map(([value]) => value).filter((value) => String(value) === number);
        return any_of.length ? [{ meaning: { key, any_of, broader: [], own_words: false }, start, end, slip: false }] : [];
      }),
    );
  }
}

function findStars(text: string): { number: string; start: number; end: number }[] {
  const written = words(text);
  const numbers = constant<Record<string, string>>("answer.star", "NUMBER_WORDS");
  return written.flatMap((word, at) => {
    if (!at || !constant<string[]>("answer.star", "STARS").some((star) => word.folded.startsWith(star))) return [];
    const before = written[at - 1]?.folded ?? "";
    return [{ number: numbers[before] ?? before, start: at - 1, end: at + 1 }];
  });
}

/** Two readings of one phrase: the catalogue's own spelling leads, then the narrower; the rest widens. */
function joined(first: Meant, second: Meant): Meant {
  if (first.any_of.length === 1 && isFlag(first)) return first;
  const [lead, rest] = first.own_words || !second.own_words ? [first, second] : [second, first];
  if (lead.own_words) {
    const broader = unique([...lead.broader, ...rest.any_of, ...rest.broader]).filter((value) => !lead.any_of.includes(value));
    return { ...lead, broader };
  }
  if (first.any_of.every((value) => second.broader.includes(value))) return second;
  if (second.any_of.every((value) => first.broader.includes(value))) return first;
  const any_of = unique([...lead.any_of, ...rest.any_of]);
  return { key: lead.key, any_of, broader: unique([...lead.broader, ...rest.broader]).filter((value) => !any_of.includes(value)), own_words: false };
}
