/** The words of a text looked up among category names: as spelt, inflected, foreign, or slipped; as `search/mention`. */

import { slips, sound, stems, tokens, unspaced, wordSpans } from "./fold.ts";
import { constant, constantSet } from "./rules.ts";
import { LABEL, type Meaning, PART, SLIP, STEM, TERM, type WordList } from "./taxonomy.ts";

/** A folded word, or one character of an unspaced script, and where it stands in the text. */
export interface Unit {
  text: string;
  start: number;
  end: number;
  spaced: boolean;
}

const number = (name: string): number => constant<number>("search.mention", name);
const ascii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

export function isStopword(word: string): boolean {
  return constantSet("search.stopword", "STOPWORDS").has(word) || (word.length === 1 && ascii(word));
}

export function unitsOf(text: string): Unit[] {
  const units: Unit[] = [];
  for (const [start, end] of wordSpans(text)) {
    for (const token of tokens(text.slice(start, end))) {
      if (unspaced(token) && token.length === end - start) {
        [...token].forEach((char, at) => units.push({ text: char, start: start + at, end: start + at + 1, spaced: false }));
      } else units.push({ text: token, start, end, spaced: !unspaced(token) });
    }
  }
  return units.slice(0, number("TEXT_UNITS"));
}

export const longest = (first: Unit): number => number(first.spaced ? "SPAN_WORDS" : "SPAN_CHARS");

const phrase = (span: Unit[]): string => span.map((unit) => unit.text).join(span.every((unit) => unit.spaced) ? " " : "");

/** One text's words looked up, read as these languages. */
export class CategoryReading {
  protected readonly words: WordList;
  protected readonly places: ReadonlySet<string>;
  readonly languages: readonly string[];

  constructor(words: WordList, languages: readonly string[], places: ReadonlySet<string>) {
    this.words = words;
    this.languages = languages;
    this.places = places;
  }

  meanings(span: Unit[]): Meaning[] {
    const exact = phrase(span);
    let found = this.nativeOf(exact);
    if (span.length === 1 && isStopword(exact)) return found.filter((meaning) => meaning.kind === LABEL);
    if (span[0]?.spaced && !this.place(span)) {
      for (const key of this.stemmed(span)) if (key !== exact) found.push(...this.nativeOf(key).map((one) => reached(one, STEM)));
      if (ascii(exact) && !found.length) found = this.sounding(exact);
    } else if (this.place(span)) return found.filter((meaning) => meaning.kind === LABEL);
    return found.length ? [...found, ...this.elsewhere(exact)] : [];
  }

  native(meaning: Meaning): boolean {
    return this.languages.includes(this.words.languages[meaning.language] ?? "");
  }

  /** Is it the name of a place, small words around it or not? */
  place(span: Unit[]): boolean {
    const named = span.filter((unit) => !isStopword(unit.text));
    return named.length > 0 && named.every((unit) => this.places.has(unit.text));
  }

  protected nativeOf(key: string): Meaning[] {
    return this.words.meanings(key).filter((meaning) => this.native(meaning));
  }

  private elsewhere(exact: string): Meaning[] {
    return this.words.meanings(exact).filter((meaning) => !this.native(meaning) && meaning.kind !== PART);
  }

  private stemmed(span: Unit[]): Set<string> {
    const keys = new Set<string>();
    for (const language of this.languages) {
      const each = span.map((unit) => {
        const found = stems(unit.text, language);
        return found.length ? found : [unit.text];
      });
      keys.add(each.map((one) => one[0]).join(" ")).add(each.map((one) => one.at(-1)).join(" "));
    }
    return keys;
  }

  /** Latin letters for a word of another script, whole or without its ending. */
  private sounding(exact: string): Meaning[] {
    const key = sound(exact);
    for (let length = key.length; length >= Math.max(number("SOUND_LETTERS"), key.length - number("ENDING_LETTERS")); length--) {
      const found = this.nativeOf(`~${key.slice(0, length)}`);
      if (found.length) return found;
    }
    return [];
  }
}

/** Words of languages nobody announced: only as spelt, and short ones only as a category's own name. */
export class ForeignReading extends CategoryReading {
  override meanings(span: Unit[]): Meaning[] {
    const exact = phrase(span);
    if (this.place(span) || (span.length === 1 && isStopword(exact))) return [];
    const long = exact.length >= number("FOREIGN_LETTERS");
    const found = [...this.words.meanings(exact), ...(ascii(exact) && long ? this.words.meanings(`~${sound(exact)}`) : [])];
    const telling = long || !ascii(exact);
    return found.filter((one) => one.kind === LABEL || (one.kind === TERM && one.form !== STEM && telling));
  }
}

/** A single word that was meant to be another: one slip away, two in a long one. */
export class SlipReading extends CategoryReading {
  override meanings(span: Unit[]): Meaning[] {
    const word = span[0]?.text ?? "";
    if (span.length > 1 || word.length < number("SLIP_LETTERS") || !span[0]?.spaced) return [];
    if (isStopword(word) || this.places.has(word) || this.words.has(word)) return [];
    const most = word.length < number("SLIP_LETTERS") + 3 ? 1 : 2;
    const close = this.words
      .words(this.languages)
      .map((known): [string, number] => [known, Math.abs(known.length - word.length) > most ? most + 1 : slips(word, known, most)])
      .filter(([, distance]) => distance <= most)
      .sort((a, b) => a[1] - b[1])
      .slice(0, 3);
    return close
      .filter(([known, distance]) => known[0] === word[0] && distance === close[0]?.[1])
      .flatMap(([known]) => this.nativeOf(known).map((one) => reached(one, SLIP)));
  }
}

function reached(meaning: Meaning, form: number): Meaning {
  return { ...meaning, form: Math.max(meaning.form, form) };
}
