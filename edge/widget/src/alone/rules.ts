/** What the node gives a page to answer by: the rules of reading, and what its catalogue lets a reader recognise.
The forms are described in the README of the node's browser index; types, and patterns out of Python's notation. */

export type Value = boolean | number | string;
/** [language, keys word by word, meaning] */
export type Phrase<T> = [string, string[][], T];
export type Pattern = { pattern: string; ignore_case: boolean };

export interface Meant {
  key: string;
  any_of: Value[];
  broader: Value[];
  own_words: boolean;
}

export interface CategoryWords {
  categories: string[];
  languages: string[];
  breadth: number[];
  keys: Record<string, number[]>;
}

export interface CategoryData {
  parent: string | null;
  icon: string | null;
  labels: Record<string, string>;
}

export type Template = string | Record<string, string>;

export interface Rules {
  form: number;
  languages: string[];
  lexicons: Record<string, Phrase<unknown>[]>;
  price_bands: Record<string, number>;
  vocabulary: Record<string, Record<string, unknown>>;
  templates: Record<string, Record<string, Template>>;
  emergency: Record<string, Record<string, Record<string, string[]>>>;
  calendar: Record<string, { days: string[]; months: string[] }>;
  /** Words that may begin large without being a name. */
  lexicon?: Record<string, { words: string }>;
  categories: Record<string, CategoryData>;
  words: CategoryWords;
  constants: Record<string, Record<string, unknown>>;
}

export interface AttributeData {
  kind: "flag" | "number" | "choice";
  values: [Value, number][];
  categories: Record<string, number>;
  homes: [Value, Record<string, number>][];
}

export interface MarketDocument {
  id: string;
  name: Record<string, string>;
  languages: string[];
  currency: string | null;
  country: string | null;
  time_zone: string;
  lat: number | null;
  lon: number | null;
  emergency_number: string | null;
  places: Record<string, string[]>;
  examples: Record<string, string[]>;
}

export interface MarketData {
  form: number;
  market: MarketDocument;
  cities: [string, number][];
  category_counts: Record<string, number>;
  attributes: Record<string, AttributeData>;
  price_key: string | null;
  lexicons: { place: Phrase<{ city: string; short: boolean }>[]; attribute: Phrase<Meant>[] };
  places: { parts: Record<string, string[]>; codes: Record<string, string>; single: Record<string, string>; sounds: Record<string, string> };
}

let constants: Rules["constants"] = {};

/** Takes up the constants of the node's modules; everything below reads them from here. */
export function learnConstants(rules: Rules): void {
  constants = rules.constants;
}

/** A constant of a module of the node, such as `constant<number>("search.fuse", "RRF")`. */
export function constant<T>(module: string, name: string): T {
  const value = constants[module]?.[name];
  if (value === undefined) throw new ReferenceError(`the rules lack ${module}.${name}`);
  return value as T;
}

const sets = new Map<string, Set<string>>();

export function constantSet(module: string, name: string): Set<string> {
  const key = `${module}.${name}`;
  let found = sets.get(key);
  if (!found) sets.set(key, (found = new Set(constant<string[]>(module, name))));
  return found;
}

const patterns = new Map<string, RegExp>();

/** A pattern of a module of the node, for matching everywhere in a text. */
export function constantPattern(module: string, name: string): RegExp {
  const key = `${module}.${name}`;
  let found = patterns.get(key);
  if (!found) patterns.set(key, (found = compile(constant<Pattern>(module, name))));
  return found;
}

const WORD = String.raw`\p{L}\p{N}_`;
const EDGE = `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`;

/** Python's notation as JavaScript's: `\w`, `\d` and `\b` know Unicode, named groups lose their P. */
export function compile({ pattern, ignore_case }: Pattern): RegExp {
  let inClass = false;
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if (char === "\\") {
      source += escaped(pattern[++at] ?? "", inClass);
    } else {
      if (char === "[" && !inClass) inClass = true;
      else if (char === "]" && inClass) inClass = false;
      source += char === "(" && !inClass && pattern.startsWith("(?P<", at) ? "(?<" : char;
      if (char === "(" && !inClass && pattern.startsWith("(?P<", at)) at += 3;
    }
  }
  source = source.replaceAll("(?<<", "(?<");
  return new RegExp(source, `gu${ignore_case ? "i" : ""}`);
}

/** An escape of Python's. `[^\W…]` is the one use of `\W` in a class: whatever is no word is excluded. */
function escaped(letter: string, inClass: boolean): string {
  if (letter === "w") return inClass ? WORD : `[${WORD}]`;
  if (letter === "W") return inClass ? String.raw`\P{L}` : `[^${WORD}]`;
  if (letter === "d") return String.raw`\p{Nd}`;
  if (letter === "D") return String.raw`\P{Nd}`;
  if (letter === "b" && !inClass) return EDGE;
  if (/[-'"#&~`%=:;,@!<> ]/.test(letter) && !(inClass && letter === "-")) return letter;
  return `\\${letter}`;
}
