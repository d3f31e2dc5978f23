/** Which language the interface speaks: what was chosen here, else the page's, else the browser's, else English.
Light enough for the shell; the words themselves are in `language`. */

/** The languages spoken here, each by its own name. */
export const endonyms: Readonly<Record<string, string>> = {
  en: "English",
  ru: "Русский",
  es: "Español",
  de: "Deutsch",
  fr: "Français",
  tr: "Türkçe",
  ar: "العربية",
  zh: "中文",
};

export const builtIn: readonly string[] = Object.keys(endonyms);

/** First of the wishes (BCP 47 tags, best first) that we speak, reduced to its language. */
export function chooseLanguage(wishes: readonly (string | null | undefined)[]): string {
  for (const wish of wishes) {
    const language = wish?.toLowerCase().split("-")[0] ?? "";
    if (builtIn.includes(language)) return language;
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
