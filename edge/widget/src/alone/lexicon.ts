/** Finds known phrases in what people type, whatever the inflection, case or small slip; as the node's
`answer/lexicon`, over phrases whose keys the node made. */

import { fold, oneSlip, stems, unspaced } from "./fold.ts";
import { constant, constantPattern, type Phrase } from "./rules.ts";

/** A word of a text: as written, folded, and where it stands (UTF-16 units). */
export interface Word {
  text: string;
  folded: string;
  start: number;
  end: number;
}

/** Words `start` to `end` (exclusive) stand for `meaning`; `slip` where a word is one edit away. */
export interface Mention<T> {
  meaning: T;
  start: number;
  end: number;
  slip: boolean;
}

const MOST_REMEMBERED = 2_000;
const read = new Map<string, Word[]>();

/** The words of a text. Characters of a script without spaces are words of their own. */
export function words(text: string): Word[] {
  const known = read.get(text);
  if (known) return known;
  const found: Word[] = [];
  for (const match of text.matchAll(constantPattern("answer.lexicon", "WORD"))) {
    const folded = fold(match[0]);
    if (unspaced(folded)) {
      let at = match.index;
      for (const char of match[0]) {
        found.push({ text: char, folded: fold(char).replaceAll(" ", "") || char, start: at, end: at + char.length });
        at += char.length;
      }
    } else if (folded) {
      found.push({ text: match[0], folded: folded.replaceAll(" ", ""), start: match.index, end: match.index + match[0].length });
    }
  }
  if (read.size > MOST_REMEMBERED) read.clear();
  read.set(text, found);
  return found;
}

const keys = new Map<string, string[]>();

/** Every key a written word may be stored under: itself, and its stems marked with their language. */
export function forms(word: string, language: string): string[] {
  const spoken = /[\u0400-\u052f]/u.test(word) ? "ru" : language;
  const key = `${spoken} ${word}`;
  let known = keys.get(key);
  if (!known) {
    const plain = fold(word).replaceAll(" ", "");
    known = [...new Set([plain, ...stemsFor(word, spoken).map((stem) => `${stem}~${spoken}`)])];
    if (keys.size > MOST_REMEMBERED * 10) keys.clear();
    keys.set(key, known);
  }
  return known;
}

/** English loses its plural only: "performing" is not "performance". */
function stemsFor(word: string, language: string): string[] {
  if (language !== "en") return stems(word, language);
  const plain = fold(word).replaceAll(" ", "");
  if (plain.endsWith("ies") && plain.length > 4) return [`${plain.slice(0, -3)}y`];
  if (/(ches|shes|sses|xes)$/.test(plain)) return [plain.slice(0, -2)];
  return [plain.endsWith("s") && !/(ss|us|is)$/.test(plain) ? plain.slice(0, -1) : plain];
}

interface Entry<T> {
  keys: Set<string>[];
  language: string;
  meaning: T;
  /** Equal for equal meanings. */
  sign: string;
}

export class Lexicon<T> {
  private readonly byFirst = new Map<string, Entry<T>[]>();
  private readonly known = new Set<string>();
  private readonly meant = new Map<string, string | null>();

  constructor(phrases: Phrase<T>[]) {
    for (const [language, stored, meaning] of phrases) {
      const entry = { keys: stored.map((one) => new Set(one)), language, meaning, sign: JSON.stringify(meaning) };
      for (const word of stored) for (const key of word) this.known.add(key);
      for (const first of stored[0] ?? []) {
        const there = this.byFirst.get(first);
        if (there) there.push(entry);
        else this.byFirst.set(first, [entry]);
      }
    }
  }

  /** Mentions in order of place, the longest at each place; overlapping shorter ones are left out. */
  find(text: string, language = "en", slips = false): Mention<T>[] {
    const written = words(text);
    const every = written.flatMap((_, at) => this.at(written, at, language, slips));
    every.sort((a, b) => b.end - b.start - (a.end - a.start) || Number(a.slip) - Number(b.slip) || a.start - b.start);
    const taken = new Map<number, string>();
    const kept = every.filter(({ start, end }) => {
      const span = `${start} ${end}`;
      for (let at = start; at < end; at++) if ((taken.get(at) ?? span) !== span) return false;
      for (let at = start; at < end; at++) taken.set(at, span);
      return true;
    });
    return kept.sort((a, b) => a.start - b.start);
  }

  private at(written: Word[], at: number, language: string, slips: boolean): Mention<T>[] {
    const word = written[at] as Word;
    const found = new Map<string, Mention<T>>();
    for (const form of forms(word.text, language)) {
      for (const entry of this.byFirst.get(form) ?? []) {
        const end = at + entry.keys.length;
        if (end > written.length) continue;
        const rest = written.slice(at + 1, end);
        if (!rest.every((one, n) => forms(one.text, language).some((key) => entry.keys[n + 1]?.has(key)))) continue;
        const sign = `${end} ${entry.sign}`;
        if (!found.has(sign)) found.set(sign, { meaning: entry.meaning, start: at, end, slip: false });
      }
    }
    if (found.size || !slips) return [...found.values()];
    const meant = this.slipOf(word.folded, language);
    for (const entry of meant ? (this.byFirst.get(meant) ?? []) : []) {
      if (alone(entry, language)) found.set(entry.sign, { meaning: entry.meaning, start: at, end: at + 1, slip: true });
    }
    return [...found.values()];
  }

  /** The stored single word of the language that `word` is one edit away from, if any. */
  private slipOf(word: string, language: string): string | null {
    const least = constant<number>("answer.lexicon", "SLIP_MIN_LETTERS");
    if (word.length < least || !/^\p{L}+$/u.test(word) || this.known.has(word)) return null;
    const key = `${language} ${word}`;
    const known = this.meant.get(key);
    if (known !== undefined) return known;
    let close: string | null = null;
    for (const [stored, entries] of this.byFirst) {
      if (stored.includes("~") || stored.length < least || stored[0] !== word[0] || Math.abs(stored.length - word.length) > 1) continue;
      if (oneSlip(stored, word) && entries.some((entry) => alone(entry, language))) {
        close = stored;
        break;
      }
    }
    if (this.meant.size > MOST_REMEMBERED) this.meant.clear();
    this.meant.set(key, close);
    return close;
  }
}

function alone<T>(entry: Entry<T>, language: string): boolean {
  return entry.keys.length === 1 && [language, "en", "und"].includes(entry.language);
}
