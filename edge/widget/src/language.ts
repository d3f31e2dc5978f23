/** The words of each language; all but English are chunks of their own, fetched when they are wanted. */

import { en } from "./words/en.ts";
import type { Words } from "./words/words.ts";

export { builtIn, chooseLanguage, endonyms, storedLanguage, storeLanguage } from "./tongue.ts";

const sources: Record<string, () => Promise<Words>> = {
  ru: async () => (await import("./words/ru.ts")).ru,
  es: async () => (await import("./words/es.ts")).es,
  de: async () => (await import("./words/de.ts")).de,
  fr: async () => (await import("./words/fr.ts")).fr,
  tr: async () => (await import("./words/tr.ts")).tr,
  ar: async () => (await import("./words/ar.ts")).ar,
  zh: async () => (await import("./words/zh.ts")).zh,
};

/** Fetches the words of one language; rejects where the node cannot be reached. English is always at hand. */
export async function wordsOf(language: string): Promise<Words> {
  return (await sources[language]?.()) ?? en;
}
