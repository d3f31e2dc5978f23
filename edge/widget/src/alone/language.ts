/** Which language a text is in, as the node's `answer/language`: by script, by the model, by telling words. */

import type { Guess } from "./fasttext.ts";
import { compile, constant, constantPattern, type Pattern } from "./rules.ts";

export type Guesser = (text: string) => Guess[];

const MOST_CHARS = 300;
let scripts: [RegExp, string][] | null = null;

const count = (name: string, text: string): number => text.match(constantPattern("answer.language", name))?.length ?? 0;
const number = (name: string): number => constant<number>("answer.language", name);

/** `likely` are the market's languages, `hint` the one in use before. An unsure guess gives way to the hint. */
export function detect(text: string, likely: readonly string[], hint: string | null, guesser: Guesser): string {
  scripts ??= constant<[Pattern, string][]>("answer.language", "SCRIPTS").map(([pattern, language]) => [compile(pattern), language]);
  for (const [script, language] of scripts) if (text.search(script) >= 0) return language;
  const fallback = hint || likely[0] || "en";
  if (hint && text === text.toUpperCase()) return fallback;
  if (!count("LATIN", text) && !count("CYRILLIC", text) && !count("ARABIC", text)) return fallback;
  const scores = weigh(text, new Set([...likely, ...(hint ? [hint] : [])]), guesser);
  if (!scores.size) return fallback;
  if (hint && scores.has(hint)) scores.set(hint, (scores.get(hint) as number) * number("HINT_WEIGHT"));
  const [best, score] = [...scores].reduce((first, other) => (other[1] > first[1] ? other : first));
  const others = Math.max(0, ...[...scores].filter(([language]) => language !== best).map(([, other]) => other));
  if (score < number("SURE_SCORE") || score < others * 1.3) return scores.has(fallback) || !likely.includes(best) ? fallback : best;
  return best;
}

function weigh(text: string, likely: Set<string>, guesser: Guesser): Map<string, number> {
  const line = [...text.split(/\s+/).filter(Boolean).join(" ")].slice(0, MOST_CHARS).join("");
  const scores = new Map(line ? guesser(line).map(({ language, score }) => [language, score] as const) : []);
  const spoken = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const shares = constant<Record<string, number>>("answer.language", "SHARES");
  for (const [language, telling] of Object.entries(constant<Record<string, string[]>>("answer.language", "TELLING"))) {
    const hits = spoken.filter((word) => telling.includes(word)).reduce((sum, word) => sum + (shares[word] ?? 0), 0);
    if (hits) scores.set(language, (scores.get(language) ?? 0) + (number("TELLING_WEIGHT") * hits) / Math.max(3, spoken.length));
  }
  return new Map([...ofScript(text, scores)].map(([language, score]) => [language, score * (likely.has(language) ? number("LIKELY_WEIGHT") : 1)]));
}

/** Only languages that are written in the text's script. */
function ofScript(text: string, scores: Map<string, number>): Map<string, number> {
  const cyrillic = new Set(constant<string[]>("answer.language", "CYRILLIC_LANGUAGES"));
  const arabic = new Set(constant<string[]>("answer.language", "ARABIC_LANGUAGES"));
  const only = (kept: (language: string) => boolean): [string, number][] => [...scores].filter(([language]) => kept(language));
  if (count("CYRILLIC", text) > count("LATIN", text)) return new Map([["ru", 0.2], ...only((one) => cyrillic.has(one))]);
  if (count("ARABIC", text)) return new Map([["ar", 0.2], ...only((one) => arabic.has(one))]);
  return new Map(only((one) => !cyrillic.has(one) && !arabic.has(one)));
}
