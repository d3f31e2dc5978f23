/** Figures people name: "the second one", "rated over 4", "under 20 euro", and when they want it; as the node's
`answer/number` and `answer/when`. Moments are market-local wall time, carried in the UTC fields of a Date. */

import { type Lexicon, words } from "./lexicon.ts";
import { constant, constantPattern, constantSet } from "./rules.ts";

const DAY_MS = 86_400_000;
const decimal = (text: string): number => Number(text.replace(",", "."));

/** Places in the list spoken of, counted from 1 (-1 is the last). */
export function findOrdinals(text: string, language: string, ordinals: Lexicon<number>): number[] {
  const written = words(text);
  const only = written.length === 1 ? (written[0]?.folded ?? "") : "";
  if (/^[1-9]$/.test(only)) return [Number(only)];
  const results = constantSet("answer.number", "RESULT_WORDS");
  const found = ordinals
    .find(text, language)
    .filter(({ end }) => written.length <= 6 || written.slice(end, end + 2).some((word) => results.has(word.folded)))
    .map(({ meaning }) => meaning);
  const numbered = text.matchAll(/(?:number|no\.?|номер|número|nummer|#)\s*(\d)(?![\p{L}\p{N}_])/giu);
  return [...new Set([...found, ...Array.from(numbered, (match) => Number(match[1]))])];
}

/** Least rating on 0 to 5, highest price; null where not said. */
export function findLimits(text: string): { rating: number | null; price: number | null } {
  let [rating, price]: [number | null, number | null] = [null, null];
  for (const match of text.matchAll(constantPattern("answer.number", "RATING"))) {
    if (!/\p{L}/u.test(match[0])) continue; // "1 + 1" is no wish
    const value = decimal(match[1] ?? match[2] ?? "");
    if (value <= 5) rating = value;
  }
  for (const match of text.matchAll(constantPattern("answer.number", "PRICE"))) {
    if (match.groups?.["money"] || /[$€]/.test(match[0])) price = decimal(match[1] ?? "");
  }
  return { rating, price };
}

export function findSpoken(text: string, language: string, names: Lexicon<string>): string[] {
  if (text.search(constantPattern("answer.number", "SPOKEN_WORDS")) < 0) return [];
  return [...new Set(names.find(text, language).map(({ meaning }) => meaning))];
}

export interface TimeWords {
  time_of_day: Lexicon<number>;
  day_ahead: Lexicon<number>;
  weekday: Lexicon<number>;
  now: Lexicon<boolean>;
}

/** The moment that a text speaks of, or null. */
export function findWhen(text: string, now: Date, language: string, times: TimeWords): Date | null {
  const { day, said } = dayOf(text, now, language, times);
  const clock = clockOf(text);
  if (clock !== null) {
    const moment = at(day, clock);
    return !said && moment < now ? new Date(moment.getTime() + DAY_MS) : moment;
  }
  const hour = times.time_of_day.find(text, language)[0]?.meaning;
  if (hour !== undefined) return at(day, hour * 60);
  if (said) return midnight(day) === midnight(now) ? now : at(day, 12 * 60);
  return meansNow(text, language, times) ? now : null;
}

const midnight = (day: Date): number => Math.floor(day.getTime() / DAY_MS) * DAY_MS;
const at = (day: Date, minutes: number): Date => new Date(midnight(day) + minutes * 60_000);

/** Is "now" about the clock? Alone in a longer sentence it may only go on. */
function meansNow(text: string, language: string, times: TimeWords): boolean {
  const count = words(text).length;
  const few = count <= constant<number>("answer.when", "FEW_WORDS");
  return times.now.find(text, language).some(({ start, end }) => end - start > 1 || end === count || few);
}

function dayOf(text: string, now: Date, language: string, times: TimeWords): { day: Date; said: boolean } {
  const ahead = times.day_ahead.find(text, language)[0];
  if (ahead) return { day: new Date(now.getTime() + ahead.meaning * DAY_MS), said: true };
  for (const { meaning, start } of times.weekday.find(text, language)) {
    const written = words(text)[start]?.text ?? "";
    const first = [...written][0] ?? "";
    if ([...written].length <= 3 && first === first.toLowerCase()) continue;
    const weekday = (now.getUTCDay() + 6) % 7;
    return { day: new Date(now.getTime() + ((meaning - weekday + 7) % 7) * DAY_MS), said: true };
  }
  return { day: now, said: false };
}

/** The last clock time in a text, in minutes: with minutes, a half of the day, or a word for the hour beside it. */
function clockOf(text: string): number | null {
  let found: number | null = null;
  for (const match of text.matchAll(constantPattern("answer.when", "CLOCK"))) {
    const { word, minute, half, hour: said } = match.groups ?? {};
    if (!minute && !half) continue;
    if (minute && !word && !half && !match[0].includes(":")) continue;
    let hour = Number(said);
    if (half?.toLowerCase().startsWith("p") && hour < 12) hour += 12;
    if (half?.toLowerCase().startsWith("a") && hour === 12) hour = 0;
    if (hour < 24 && Number(minute ?? 0) < 60) found = hour * 60 + Number(minute ?? 0);
  }
  return found;
}
