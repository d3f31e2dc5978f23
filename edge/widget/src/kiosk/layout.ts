/** The rows of the on-screen keyboard, by language. Chinese has Latin letters only: characters need an input method,
which is not here. */

export type Layer = "letters" | "latin" | "signs" | "digits";

interface Letters {
  rows: string[];
  /** Letters with marks, above the first row. */
  marks?: string;
  /** Whether the script has capitals. */
  capitals: boolean;
}

const LATIN: Letters = { rows: ["qwertyuiop", "asdfghjkl", "zxcvbnm"], capitals: true };

const letters: Record<string, Letters> = {
  en: LATIN,
  zh: LATIN,
  es: { rows: ["qwertyuiop", "asdfghjklñ", "zxcvbnm"], marks: "áéíóúü¿¡", capitals: true },
  de: { rows: ["qwertzuiopü", "asdfghjklöä", "yxcvbnmß"], capitals: true },
  fr: { rows: ["azertyuiop", "qsdfghjklm", "wxcvbn’"], marks: "éèêàâçîôùû", capitals: true },
  tr: { rows: ["qwertyuıopğü", "asdfghjklşi", "zxcvbnmöç"], capitals: true },
  ru: { rows: ["йцукенгшщзхъ", "фывапролджэ", "ячсмитьбюё"], capitals: true },
  ar: { rows: ["ضصثقفغعهخحجد", "شسيبلاتنمكط", "ذئءؤرىةوزظ"], marks: "أإآ", capitals: false },
};

const DIGITS = ["123", "456", "789", "+0-"];
const SIGNS = ["1234567890", "@/:;()-_&#"];
const LAST_SIGNS: Record<string, string> = { ar: "؟،؛.!+%", es: ".,¿?¡!+%" };
const STOPS: Record<string, string> = { ar: "؟،" };

/** Scripts whose keyboard can turn to Latin letters, for names and addresses. */
const OTHER_SCRIPT = new Set(["ru", "ar"]);

export const turnsToLatin = (language: string): boolean => OTHER_SCRIPT.has(language);

const lettersOf = (language: string, layer: Layer): Letters => (layer === "latin" ? LATIN : (letters[language] ?? LATIN));

export const hasCapitals = (language: string, layer: Layer): boolean => lettersOf(language, layer).capitals;

/** Rows of what the keys write, top to bottom, each from the left. */
export function rowsOf(language: string, layer: Layer): string[][] {
  if (layer === "digits") return DIGITS.map((row) => [...row]);
  if (layer === "signs") return [...SIGNS, LAST_SIGNS[language] ?? ".,?!'\"+%"].map((row) => [...row]);
  const { rows, marks } = lettersOf(language, layer);
  return [...(marks ? [marks] : []), ...rows].map((row) => [...row]);
}

/** The two marks beside the space bar. */
export const stopsOf = (language: string): string[] => [...(STOPS[language] ?? ",.")];

/** The capital of one key; "ß" stays one letter. */
export function capital(key: string, language: string): string {
  return key === "ß" ? "ẞ" : key.toLocaleUpperCase(language);
}
