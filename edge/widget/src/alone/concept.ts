/** Which everyday idea an attribute key speaks of, as the node's `answer/concept`: what may be claimed in words. */

import { constantSet, type Rules } from "./rules.ts";

let ideas: [string, string[][]][] = [];

/** Takes up the ideas and the words of their keys. */
export function learnConcepts(rules: Rules): void {
  const known = (rules.vocabulary["idea"] ?? {}) as Record<string, { keys?: string[] }>;
  ideas = Object.entries(known).map(([idea, { keys = [] }]) => [idea, keys.map((key) => key.split(/\s+/).map(singular))]);
}

/** The idea's name, or null: the key has the idea's words, and beside them only words that say nothing. */
export function ideaOf(key: string): string | null {
  const words = split(key).map(singular);
  const empty = constantSet("answer.concept", "EMPTY_SINGULAR");
  const fits = (wanted: string[]): boolean =>
    wanted.every((word) => words.includes(word)) && words.every((word) => wanted.includes(word) || empty.has(word));
  return ideas.find(([, keys]) => keys.some(fits))?.[0] ?? null;
}

/** The words of a key: snake, kebab, camel case and OSM's colons. */
export function split(key: string): string[] {
  return key.replace(/(?<=[a-z])(?=[A-Z])/g, " ").replace(/[_:-]/g, " ").toLowerCase().split(/\s+/).filter(Boolean);
}

/** An unknown key as words: "has_rooftop_bar" → "rooftop bar". */
export function spokenKey(key: string): string {
  const words = split(key);
  const opening = constantSet("answer.concept", "OPENING_WORDS");
  while (words.length > 1 && opening.has(words[0] ?? "")) words.shift();
  return words.join(" ");
}

const singular = (word: string): string => (word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word);
