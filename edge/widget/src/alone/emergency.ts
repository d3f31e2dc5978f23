/** Is somebody in danger? As the node's `answer/emergency`: words only, wrong on the safe side for people. */

import { constant, constantSet, type Rules } from "./rules.ts";

interface Patterns {
  always: Record<string, RegExp>;
  strong: Record<string, RegExp>;
  weak: Record<string, RegExp>;
  calm: RegExp;
  press: RegExp;
}

let spoken: Record<string, Patterns> = {};

/** Takes up the word files of all languages. */
export function learnEmergencies(rules: Rules): void {
  const kinds = constant<string[]>("answer.emergency", "KINDS");
  spoken = Object.fromEntries(
    Object.entries(rules.emergency).map(([language, tables]) => {
      const anywhere = ["zh", "ar"].includes(language);
      const strength = (name: string): Record<string, RegExp> =>
        Object.fromEntries(kinds.flatMap((kind) => (tables[kind]?.[name] ? [[kind, pattern(tables[kind][name], anywhere)]] : [])));
      const all = (name: string): RegExp => pattern(tables[name]?.["words"] ?? [], anywhere);
      return [language, { always: strength("always"), strong: strength("strong"), weak: strength("weak"), calm: all("calm"), press: all("press") }];
    }),
  );
}

/** The kind of emergency a message speaks of, or null. */
export function detectEmergency(text: string, language: string): string | null {
  const plain = fold([...text].slice(0, constant<number>("answer.emergency", "LONGEST")).join(""));
  if (!plain.trim()) return null;
  if (constantSet("answer.emergency", "NUMBERS").has(plain.trim())) return "general";
  const own = spoken[language.slice(0, 2).toLowerCase()];
  const english = spoken["en"];
  const calm = (own && english ? [own, english] : Object.values(spoken)).some((one) => one.calm.test(plain));
  const kinds = constant<string[]>("answer.emergency", "KINDS");
  for (const kind of kinds) {
    for (const one of Object.values(spoken)) {
      if (one.always[kind]?.test(plain) || (!calm && one.strong[kind]?.test(plain))) return kind;
    }
  }
  return calm ? null : weak(plain, own ? [own] : Object.values(spoken), kinds);
}

/** A bare word is a cry only when the message is little more than that word, or presses. */
function weak(plain: string, read: Patterns[], kinds: string[]): string | null {
  const few = plain.trim().split(" ").length <= constant<number>("answer.emergency", "SHORT_WORDS");
  for (const kind of kinds) {
    for (const one of read) {
      const found = one.weak[kind]?.exec(plain)?.[0];
      if (found && (plain.trim() === found.trim() || (few && one.press.test(plain.replaceAll(found, " "))))) return kind;
    }
  }
  return null;
}

/** Lower case, no accents or punctuation, one space around every word. */
function fold(text: string): string {
  const parts = text.replaceAll("ı", "i").toLowerCase().replaceAll("ß", "ss").replaceAll("ё", "е").replaceAll("й", "и\u0306").normalize("NFKD");
  const kept = Array.from(parts, (char) => (/[\p{L}\p{N}]/u.test(char) ? char : /[\p{Mn}\p{Cf}]/u.test(char) ? "" : " ")).join("");
  return ` ${kept.split(/\s+/).filter(Boolean).join(" ")} `;
}

function pattern(phrases: string[], anywhere: boolean): RegExp {
  const longestFirst = [...phrases].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((phrase) => one(phrase, anywhere)).join("|") || "(?!)", "u");
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

function one(phrase: string, anywhere: boolean): string {
  if (anywhere) return escape(fold(phrase).trim());
  const parts = phrase.split(/\s+/).map((word) => {
    if (word === "…") return "(?:[\\p{L}\\p{N}_]+ ){0,4}";
    return escape(fold(word).trim()) + (word.endsWith("*") ? "[\\p{L}\\p{N}_]* " : " ");
  });
  return `(?<= )${parts.join("")}`;
}
