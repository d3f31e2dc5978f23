/** The desk's words by language; English where another language's cannot be had. */

import { en } from "./desk/en.ts";
import type { DeskWords } from "./desk/words.ts";

export type { DeskWords };

const sources: Record<string, () => Promise<DeskWords>> = {
  ru: async () => (await import("./desk/ru.ts")).ru,
  es: async () => (await import("./desk/es.ts")).es,
  de: async () => (await import("./desk/de.ts")).de,
  fr: async () => (await import("./desk/fr.ts")).fr,
  tr: async () => (await import("./desk/tr.ts")).tr,
  ar: async () => (await import("./desk/ar.ts")).ar,
  zh: async () => (await import("./desk/zh.ts")).zh,
};

export const deskLanguages: readonly string[] = ["en", ...Object.keys(sources)];

export async function deskWordsOf(language: string): Promise<DeskWords> {
  return (await sources[language]?.().catch(() => null)) ?? en;
}
