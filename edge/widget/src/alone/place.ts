/** Which place a person means: the catalogue's own places and the names people use for them; as `answer/gazetteer`. */

import { latin, oneSlip, sound } from "./fold.ts";
import { Lexicon, type Mention, type Word, words } from "./lexicon.ts";
import { compile, constant, type MarketData, type Pattern } from "./rules.ts";

export type Role = "at" | "to" | "from" | "none";

export interface PlaceMention {
  cities: string[];
  start: number;
  end: number;
  role: Role;
  short: boolean;
}

const upper = (text: string): boolean => {
  const first = [...text][0] ?? "";
  return first !== first.toLowerCase();
};
const shouted = (text: string): boolean => text === text.toUpperCase() && text !== text.toLowerCase();
const ascii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);
const letters = (text: string): boolean => /^\p{L}+$/u.test(text);
const number = (module: string, name: string): number => constant<number>(module, name);

/** The role of a place that begins with word `start`, by the nearest telling word within `reach`. */
export function roleOf(written: Word[], start: number, reach = 3): Role {
  const telling = constant<Record<string, string[]>>("answer.place_role", "WORDS");
  const is = (kind: string, word: string | undefined): boolean => word !== undefined && (telling[kind] ?? []).includes(word);
  const after = written.slice(start + 1, start + 1 + number("answer.place_role", "REACH_AFTER")).map((word) => word.folded);
  if (after.some((word, at) => is("leaving", word) && after[at + 1] === "from")) return "from";
  for (let at = start - 1; at >= Math.max(start - reach, 0); at--) {
    const word = written[at]?.folded;
    if (is("from", word)) {
      const before = written.slice(Math.max(0, at - number("answer.place_role", "REACH_COLLECTING")), at);
      return before.some((one) => is("collecting", one.folded)) ? "at" : "from";
    }
    if (is("to", word)) return "to";
    if (is("at", word)) return "at";
  }
  return "none";
}

/** The cities of the place meant, or none: the goal, not the start; a full name before a short one; then the last. */
export function bestCities(places: PlaceMention[]): string[] {
  const goals = places.filter((place) => place.role === "at" || place.role === "to");
  const group = goals.length ? goals : places.filter((place) => place.role === "none");
  const full = group.filter((place) => !place.short);
  return (full.length ? full : group).at(-1)?.cities ?? [];
}

export class Gazetteer {
  readonly cities: string[];
  private readonly lexicon: Lexicon<{ city: string; short: boolean }>;
  private readonly tables: MarketData["places"];

  constructor(data: MarketData) {
    this.cities = [...data.cities].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([city]) => city);
    this.lexicon = new Lexicon(data.lexicons.place);
    this.tables = data.places;
  }

  find(text: string): PlaceMention[] {
    const written = words(text);
    const found = this.fullNames(text, written);
    const taken = new Set(found.flatMap((place) => Array.from({ length: place.end - place.start }, (_, n) => place.start + n)));
    written.forEach((_, at) => {
      const mention = taken.has(at) ? null : this.shortName(written, at);
      if (!mention) return;
      found.push(mention);
      for (let n = mention.start; n < mention.end; n++) taken.add(n);
    });
    return found.sort((a, b) => a.start - b.start);
  }

  private fullNames(text: string, written: Word[]): PlaceMention[] {
    const spans = new Map<string, Mention<{ city: string; short: boolean }>[]>();
    for (const mention of this.lexicon.find(text)) {
      const span = `${mention.start} ${mention.end}`;
      spans.set(span, [...(spans.get(span) ?? []), mention]);
    }
    return [...spans.values()].flatMap((mentions) => {
      const { start, end } = mentions[0] as Mention<unknown>;
      const short = mentions.every((mention) => mention.meaning.short);
      if (short && !upper(written[start]?.text ?? "")) return [];
      const cities = [...new Set(mentions.map((mention) => mention.meaning.city))];
      return [{ cities, start, end, role: roleOf(written, start), short }];
    });
  }

  /** The place that word `at`, perhaps with the next ones, is a short, familiar or misspelt name of. */
  private shortName(written: Word[], at: number): PlaceMention | null {
    const word = written[at] as Word;
    const after = written[at + 1]?.folded ?? "";
    const tries: [string | null, number][] = [
      [this.code(word.text, written.length <= 2), 1],
      [this.speltOut(written, at), 3],
      [this.cut(word.folded, after), 2],
      [this.nickname(word), 1],
      [this.joined(word.folded, after), 2],
      [this.misspelt(written, at), 1],
    ];
    const first = tries.find(([city]) => city);
    if (!first?.[0]) return null;
    const length = first[1] === 1 && after === "town" ? 2 : first[1];
    return { cities: [first[0]], start: at, end: at + length, role: roleOf(written, at), short: true };
  }

  private code(said: string, alone: boolean): string | null {
    const code = said.toLowerCase();
    if (!(shouted(said) || alone) || code.length < 2 || code.length > 3 || !letters(code)) return null;
    return this.tables.codes[code] ?? this.cities.find((city) => isCode(code, this.tables.parts[city] ?? [])) ?? null;
  }

  private speltOut(written: Word[], at: number): string | null {
    const run = written.slice(at, at + 3);
    const [first, of, last] = run;
    if (!first || of?.folded !== "of" || !last) return null;
    if (!((upper(first.text) && upper(last.text)) || ["at", "to"].includes(roleOf(written, at, 1)))) return null;
    return first.folded.length > 3 && last.folded.length > 3 ? (this.tables.codes[`${first.folded[0]}${last.folded[0]}`] ?? null) : null;
  }

  private cut(first: string, second: string): string | null {
    if (second.length < 3) return null;
    const fits = ([, parts]: [string, string[]]): boolean => parts.length === 2 && parts[0] === first && (parts[1] as string).startsWith(second);
    return Object.entries(this.tables.parts).find(fits)?.[0] ?? null;
  }

  private nickname(word: Word): string | null {
    if (!upper(word.text)) return null;
    const stem = word.folded.replace(compile(constant<Pattern>("answer.toponym", "FAMILIAR")), "");
    if (stem.length < number("answer.toponym", "STEM_LETTERS") || stem === word.folded) return null;
    return this.single((name) => name.startsWith(stem) && name.length > stem.length + 2);
  }

  private joined(first: string, second: string): string | null {
    return second === "town" && first.length >= 3 ? this.single((name) => name.startsWith(first)) : null;
  }

  private misspelt(written: Word[], at: number): string | null {
    const word = written[at] as Word;
    const capital = upper(word.text);
    const least = number("answer.gazetteer", "SLIP_LETTERS");
    if (word.folded.length < least) return null;
    const heard = this.tables.sounds[sound(word.folded)];
    if (heard && (capital || !ascii(word.text))) return heard;
    const stem = latin(word.folded);
    if (!ascii(word.text)) return this.single((name) => isInflected(stem, latin(name)));
    if (!["at", "to"].includes(roleOf(written, at)) && !capital) return null;
    return this.single((name) => name.length > least && name[0] === stem[0] && oneSlip(name, stem));
  }

  private single(fits: (name: string) => boolean): string | null {
    return Object.entries(this.tables.single).find(([name]) => fits(name))?.[1] ?? null;
  }
}

/** Do these letters stand for the name: its initials, perhaps with a letter more, or some of one word? */
function isCode(code: string, name: string[]): boolean {
  const last = name.at(-1) ?? "";
  if (name.length > 1) {
    const initials = name.map((part) => part[0]).join("");
    const longer = code.length === 3 && initials.length === 2 && code.slice(0, 2) === initials;
    return code === initials || code === `${initials}c` || (longer && (last.includes(code[2] as string) || code[2] === "x"));
  }
  if (code.length !== 3 || last.length < 4 || code[0] !== last[0]) return false;
  let at = -1;
  return [...code].every((letter) => (at = last.indexOf(letter, at + 1)) >= 0);
}

/** The same but for an ending of up to three letters. */
function isInflected(word: string, name: string): boolean {
  let shared = 0;
  while (shared < Math.min(word.length, name.length) && word[shared] === name[shared]) shared += 1;
  return shared >= number("answer.toponym", "STEM_LETTERS") && name.length - shared <= 1 && word.length - shared <= 3;
}
