/** One spelling for comparing, as the node's `search/fold` has it: case, accents, punctuation, inflection and script
taken away. Both sides must agree to the letter, since the catalogue's keys were made there. */

import snowball from "snowball-stemmers";
import { constant, constantPattern } from "./rules.ts";

interface Table {
  letters: Map<string, string>;
  dropped: Set<string>;
}

let table: Table | null = null;

function tables(): Table {
  table ??= {
    letters: new Map([
      ...Object.entries(constant<Record<string, string>>("search.fold", "LETTERS")),
      ...Object.entries(constant<Record<string, string>>("search.fold", "ARABIC_DIGITS")),
    ]),
    dropped: new Set(constant<string[]>("search.fold", "DROPPED")),
  };
  return table;
}

const KEPT = /[\p{L}\p{N}\p{M}]/u;

function translate(text: string): string {
  const { letters, dropped } = tables();
  let kept = "";
  for (const char of text) kept += letters.get(char) ?? (dropped.has(char) ? "" : KEPT.test(char) ? char : " ");
  return kept;
}

/** Full case folding, as far as it differs from lower case for letters that people type. */
function casefold(text: string): string {
  return text.toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ").replaceAll("ſ", "s");
}

const squeeze = (text: string): string => text.trim().replace(/\s+/gu, " ");
const folded = new Map<string, string>();
const MOST_REMEMBERED = 20_000;

export function fold(text: string): string {
  const known = folded.get(text);
  if (known !== undefined) return known;
  let now = foldOnce(text);
  for (let again = foldOnce(now); again !== now; again = foldOnce(now)) now = again;
  if (folded.size > MOST_REMEMBERED) folded.clear();
  folded.set(text, now);
  return now;
}

function foldOnce(text: string): string {
  const plain = casefold(text.normalize("NFKD")).normalize("NFKD").replace(constantPattern("search.fold", "MARKS"), "");
  return squeeze(translate(plain.normalize("NFC").replace(constantPattern("search.fold", "POSSESSIVE"), "s")));
}

/** The folded words of a text, in order. A run of a script without spaces is one token. */
export function tokens(text: string): string[] {
  return fold(text).match(constantPattern("search.fold", "WORD")) ?? [];
}

export function unspaced(token: string): boolean {
  const pattern = constantPattern("search.fold", "UNSPACED_CHAR");
  pattern.lastIndex = 0;
  return pattern.exec(token)?.index === 0;
}

export function pairs(token: string): string[] {
  const chars = [...token];
  return chars.length < 2 ? [token] : chars.slice(1).map((char, at) => `${chars[at]}${char}`);
}

/** The folded stems of a text, one or two a word: as written, and as typed without accents. */
export function stems(text: string, language: string): string[] {
  return accented(text).flatMap((word) => stemsOf(word, language.split("-")[0]?.toLowerCase() ?? ""));
}

function accented(text: string): string[] {
  const whole = text.normalize("NFKC");
  if (/\p{M}/u.test(whole)) return tokens(whole);
  const said = whole.replace(constantPattern("search.fold", "POSSESSIVE"), "s").toLowerCase();
  return said.match(constantPattern("search.fold", "WORD"))?.flatMap((run) => run.match(/[\p{L}\p{N}]+/gu) ?? []) ?? [];
}

const stemmed = new Map<string, string[]>();

function stemsOf(word: string, language: string): string[] {
  const key = `${language} ${word}`;
  let known = stemmed.get(key);
  if (known) return known;
  known = makeStems(word, language);
  if (stemmed.size > MOST_REMEMBERED) stemmed.clear();
  stemmed.set(key, known);
  return known;
}

function makeStems(word: string, language: string): string[] {
  const plain = fold(word);
  if (!plain) return [];
  if (unspaced(plain)) return pairs(plain);
  const algorithm = constant<Record<string, string>>("search.fold", "SNOWBALL")[language];
  if (!algorithm || !available.has(algorithm) || (algorithm === "russian" && !/[\u0400-\u052f]/u.test(plain))) return [plain];
  const written = fold(stem(word, algorithm)) || plain;
  const typed = fold(stem(plain, algorithm)) || plain;
  return written === typed ? [written] : [written, typed];
}

const available = new Set(snowball.algorithms());
const stemmers = new Map<string, { stem(word: string): string }>();

/** One word's stem. The library is of Snowball 2; what Snowball 3 does otherwise to common words is made up for. */
function stem(word: string, algorithm: string): string {
  let stemmer = stemmers.get(algorithm);
  if (!stemmer) stemmers.set(algorithm, (stemmer = snowball.newStemmer(algorithm)));
  if (algorithm === "russian") return stemmer.stem(word.replaceAll("ё", "е"));
  if (algorithm === "spanish") return stemmer.stem(word.replace(/cion$/, "ción"));
  if (algorithm === "english") return english[word] ?? stemmer.stem(word.replace(/logists?$/, "logy")).replace(/logi$/, "log");
  if (algorithm === "german") return stemmer.stem(word.replace(/^(geöffn|geoffn|pak|crick)et$/, "$1"));
  return stemmer.stem(word);
}

const english: Record<string, string> = { organization: "organiz", organizations: "organiz", organic: "organic", university: "universiti", universities: "universiti" };

/** Folded text with other scripts' letters in Latin ones. */
export function latin(text: string): string {
  const plain = fold(text);
  const table = constant<Record<string, string>>("search.fold", "LATIN_TABLE");
  let spelt = "";
  for (const char of plain) spelt += table[String(char.codePointAt(0))] ?? char;
  return squeeze(spelt);
}

let sounds: [RegExp, string][] | null = null;

/** Equal for the usual ways of typing one word in Latin letters or in its own script. */
export function sound(text: string): string {
  sounds ??= constant<[{ pattern: string }, string][]>("search.fold", "SOUNDS").map(([{ pattern }, to]) => [
    new RegExp(pattern.replaceAll("\\w", "[\\p{L}\\p{N}_]"), "gu"),
    to.replace(/\\(\d)/g, "$$$1"),
  ]);
  return sounds.reduce((key, [pattern, to]) => key.replace(pattern, to), latin(text));
}

/** Where the words of a text stand, as [start, end) in UTF-16 units; unspaced runs are cut from others. */
export function wordSpans(text: string): [number, number][] {
  let shape = "";
  const { letters, dropped } = tables();
  for (const char of text) shape += letters.has(char) || dropped.has(char) || KEPT.test(char) ? char : " ".repeat(char.length);
  return Array.from(shape.matchAll(constantPattern("search.fold", "WORD")), (match) => [match.index, match.index + match[0].length]);
}

/** Whether two words are at most one edit (with neighbours swapped) apart. */
export function oneSlip(a: string, b: string): boolean {
  return slips(a, b, 1) <= 1;
}

/** Optimal string alignment distance, or anything above `most` where it is more than that. */
export function slips(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] as number) + 1);
      row.push(cost);
    }
    if (Math.min(...row) > most) return most + 1;
    [before, last] = [last, row];
  }
  return last[b.length] as number;
}
