/** Checks a sentence that a model wrote before it is said: every number, phone, price, time, address and proper name in it must
stand in a record that the draft holds, or in the question; as the node's `answer/verify`. A sentence is cut at the names of
places: what follows a name must hold for that place. */

import { constant, constantPattern, type Rules } from "./rules.ts";
import { placesOf, shared, Support, type Place } from "./support.ts";
import type { Voice } from "./voice.ts";
import { currencies, type Figure, plain, readFigures, type Reading, readingKey } from "./written.ts";

const MODULE = "answer.verify";
const METRES: Record<string, number> = { m: 1, km: 1000, mi: 1609.344, ft: 0.3048 };

/** The first thing in a sentence that nothing supports; empty where all is. */
export function unsupported(text: string, voice: Voice, rules: Rules): string {
  const bare = plain(text);
  const places = placesOf(voice);
  const common = shared({ draft: voice.draft, market: voice.market, category: (id) => voice.category(id) });
  const wrong = citations(bare, voice);
  if (wrong) return wrong;
  for (const { part, owners } of partsOf(bare.replace(constantPattern(MODULE, "CITE"), " "), places)) {
    const allowed = new Support().merge(common);
    for (const one of owners.length ? owners : [...places.values()]) allowed.merge(one.support);
    const strange = withoutSupport(part, allowed, voice, rules);
    if (strange) return strange;
  }
  return "";
}

/** A citation that is no card's, or stands at another place's name. */
function citations(text: string, voice: Voice): string {
  const names = new Map(voice.draft.cards.map((card) => [String(card.number), plain(card.name).toLowerCase()]));
  const said = text.toLowerCase();
  for (const [, number = ""] of text.matchAll(constantPattern(MODULE, "CITE"))) {
    const name = names.get(number);
    if (name === undefined) return `citation [${number}]`;
    if (!said.includes(name)) return `citation [${number}] without its name`;
  }
  for (const [number, name] of names) {
    const found = new RegExp(String.raw`(?<![\p{L}\p{N}_])${escape(name)}\s*\[(\d+)\]`, "u").exec(said)?.[1];
    if (found && found !== number && names.get(found) !== name) return `citation [${found}] of another place`;
  }
  return "";
}

/** The text cut before each name of a place; the first part belongs to all. */
function partsOf(text: string, places: Map<string, Place>): { part: string; owners: Place[] }[] {
  const all = [...places.values()].filter(({ name }) => name);
  const names = [...new Set(all.map(({ name }) => name))].sort((a, b) => b.length - a.length);
  if (!names.length) return [{ part: text, owners: [] }];
  const marks = [...text.matchAll(new RegExp(names.map((name) => whole(name)).join("|"), "giu"))];
  const cut = marks.map((mark, at) => ({
    part: text.slice(mark.index, marks[at + 1]?.index ?? text.length),
    owners: all.filter(({ name }) => name.toLowerCase() === mark[0].toLowerCase()),
  }));
  return [{ part: text.slice(0, marks[0]?.index ?? text.length), owners: [] }, ...cut];
}

function withoutSupport(part: string, allowed: Support, voice: Voice, rules: Rules): string {
  const rest = blank(part, allowed.strings).replace(constantPattern(MODULE, "OUT_OF"), " ");
  for (const [link] of rest.matchAll(constantPattern(MODULE, "LINK"))) {
    const bare = link.toLowerCase().replace(/\.$/, "");
    if (![...allowed.strings].some((string) => string.toLowerCase().includes(bare))) return `link ${link}`;
  }
  const figure = readFigures(rest).find((one) => !supported(one, allowed));
  return figure ? `figure ${figure.text.trim()}` : strange(rest, allowed, voice, rules);
}

/** The text with whole supported strings blanked, the longest first. */
function blank(text: string, strings: Set<string>): string {
  const folded = text.toLowerCase();
  const here = [...strings].filter((one) => one.length > 2 && folded.includes(one.toLowerCase())).sort((a, b) => b.length - a.length);
  return here.reduce((rest, string) => rest.replace(new RegExp(whole(string), "giu"), " · "), text);
}

/** Whether any reading holds; a price also needs its currency. */
function supported({ readings }: Figure, allowed: Support): boolean {
  const money = readings.filter(({ kind }) => kind === "money");
  if (money.some((one) => !allowed.figures.has(readingKey(one)) && !aWord(String(one.value)))) return false;
  return readings.some((one) => one.kind !== "money" && holds(one, allowed));
}

/** A currency's common name ("euros"): not told apart. */
const aWord = (sign: string): boolean => sign.length > 1 && !currencies().has(sign);

function holds({ kind, value }: Reading, allowed: Support): boolean {
  const known = allowed.figures.has(readingKey({ kind, value }));
  if (kind in METRES && typeof value === "number") return known || [...allowed.distances].some((metres) => sameWay(kind, value, metres));
  if (kind !== "phone") return known;
  const phones = [...allowed.figures].filter((key) => key.startsWith("phone ")).map((key) => key.slice(6));
  return phones.some((one) => value === one || (one.length >= 7 && String(value).endsWith(one.replace(/^0+/, ""))));
}

/** Whether a length is said of `metres`, rounded as people round in that unit. */
function sameWay(unit: string, said: number, metres: number): boolean {
  const exact = metres / (METRES[unit] ?? 1);
  const to = (step: number): number => Math.round(exact / step) * step;
  const ways = ["m", "ft"].includes(unit)
    ? [exact, to(1), Math.max(10, to(10)), Math.max(50, to(10))]
    : [exact, to(0.01), to(0.1), ...(exact >= 9.95 ? [to(1)] : [])];
  return ways.some((way) => Math.abs(said - way) < 0.001);
}

/** The first proper name, word without capitals or number word without support. */
function strange(text: string, allowed: Support, voice: Voice, rules: Rules): string {
  const heard = ` ${[...allowed.strings].map(wordsOf).sort().join(" ")} `;
  const known = lexicon(voice.language, rules);
  let run: string[] = [];
  let last = 0;
  for (const word of text.matchAll(constantPattern(MODULE, "WORD"))) {
    const [said] = word;
    const folded = said.toLowerCase();
    const gap = text.slice(last, word.index);
    last = word.index + said.length;
    if (/\p{Lo}/u.test(said) && !heard.includes(` ${folded} `)) return `word ${said}`;
    const count = constant<Record<string, Record<string, number>>>("answer.number_word", "VALUES")[voice.language]?.[folded];
    if (count !== undefined && !allowed.figures.has(`number ${count}`) && !heard.includes(` ${folded} `)) return `number ${said}`;
    if (count !== undefined || !/^\p{Lu}/u.test(said) || known.has(folded)) {
      run = [];
      continue;
    }
    run = run.length && !gap.trim() ? [...run, folded] : [folded];
    const wanted = ` ${run.join(" ")} `;
    if (![...allowed.strings].some((string) => ` ${wordsOf(string)} `.includes(wanted))) return `name ${run.join(" ")}`;
  }
  return "";
}

const wordsOf = (text: string): string => [...text.matchAll(constantPattern(MODULE, "WORD"))].map(([word]) => word.toLowerCase()).join(" ");

const lexicons = new Map<string, Set<string>>();

/** Words that may begin large without being a name: our messages', days, months, currencies and a plain list. */
function lexicon(language: string, rules: Rules): Set<string> {
  const known = lexicons.get(language);
  if (known) return known;
  const { days = [], months = [] } = rules.calendar[language] ?? {};
  const messages = Object.values(rules.templates[language] ?? {}).flatMap((said) => (typeof said === "string" ? [said] : Object.values(said)));
  const texts = [...messages.map((text) => text.replace(/\{\w+\}/g, " ")), ...days, ...months, rules.lexicon?.[language]?.words ?? ""];
  const all = new Set([...texts.flatMap((text) => wordsOf(text).split(" ")), "am", "pm", ...[...currencies()].map((code) => code.toLowerCase())]);
  lexicons.set(language, all);
  return all;
}

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
const whole = (text: string): string => String.raw`(?<![\p{L}\p{N}_])${escape(text)}(?![\p{L}\p{N}_])`;
