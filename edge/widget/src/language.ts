/** Which language the interface speaks: what was chosen here, else the page's, else the browser's, else English. */

import { de } from "./words/de.ts";
import { en } from "./words/en.ts";
import { es } from "./words/es.ts";
import { ru } from "./words/ru.ts";
import type { Words } from "./words/words.ts";

export const dictionary: Readonly<Record<string, Words>> = { en, ru, es, de };

export const builtIn: readonly string[] = Object.keys(dictionary);

export function wordsOf(language: string): Words {
  return dictionary[language] ?? en;
}

/** First of the wishes (BCP 47 tags, best first) that we speak, reduced to its language. */
export function chooseLanguage(wishes: readonly (string | null | undefined)[]): string {
  for (const wish of wishes) {
    const language = wish?.toLowerCase().split("-")[0] ?? "";
    if (language in dictionary) return language;
  }
  return "en";
}

const KEY = "prilavok.language";

/** The visitor's own choice on this browser; null on a shared screen or where storage is closed. */
export function storedLanguage(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function storeLanguage(language: string): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Storage is closed here: the choice lasts as long as the page.
  }
}
