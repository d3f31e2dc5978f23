/** Which language the interface speaks: what was chosen here, else the page's, else the browser's, else English. */

import { en } from "./words/en.ts";
import type { Words } from "./words/words.ts";

/** The languages spoken here, each by its own name. */
export const endonyms: Readonly<Record<string, string>> = {
  en: "English",
  ru: "Русский",
  es: "Español",
  de: "Deutsch",
};

export const builtIn: readonly string[] = Object.keys(endonyms);

const sources: Record<string, () => Promise<Words>> = {
  ru: async () => (await import("./words/ru.ts")).ru,
  es: async () => (await import("./words/es.ts")).es,
  de: async () => (await import("./words/de.ts")).de,
};

/** Fetches the words of one language; rejects where the node cannot be reached. English is always at hand. */
export async function wordsOf(language: string): Promise<Words> {
  return (await sources[language]?.()) ?? en;
}

/** First of the wishes (BCP 47 tags, best first) that we speak, reduced to its language. */
export function chooseLanguage(wishes: readonly (string | null | undefined)[]): string {
  for (const wish of wishes) {
    const language = wish?.toLowerCase().split("-")[0] ?? "";
    if (language in endonyms) return language;
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
