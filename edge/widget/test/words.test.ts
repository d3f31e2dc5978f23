import assert from "node:assert/strict";
import { test } from "node:test";
import { builtIn, chooseLanguage, wordsOf } from "../src/language.ts";
import { deskLanguages, deskWordsOf } from "../src/words/desk.ts";

const counter = await Promise.all(builtIn.map(async (one) => [one, await wordsOf(one)] as const));
const desk = new Map(await Promise.all(deskLanguages.map(async (one) => [one, await deskWordsOf(one)] as const)));
const all = new Map(counter.map(([one, words]) => [one, { ...desk.get(one), ...words }]));

function texts(value: unknown): string[] {
  return typeof value === "string" ? [value] : Object.values(value as Record<string, string>);
}

function slots(text: string): string {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join();
}

test("every language has the same values in the same places", () => {
  const english = all.get("en") as unknown as Record<string, unknown>;
  for (const [language, words] of all) {
    for (const [key, value] of Object.entries(words)) {
      const wanted = slots(texts(english[key])[0] ?? "");
      for (const text of texts(value)) assert.equal(slots(text), wanted, `${language}.${key}`);
    }
  }
});

test("every count has a form for each plural category of its language", () => {
  for (const [language, words] of all) {
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [key, value] of Object.entries(words)) {
      if (typeof value === "string") continue;
      for (const category of categories) assert.ok(category in value, `${language}.${key} lacks ${category}`);
    }
  }
});

test("the counter does not raise its voice", () => {
  for (const [language, words] of all) {
    for (const [key, value] of Object.entries(words)) {
      for (const text of texts(value)) assert.ok(!text.includes("!"), `${language}.${key}`);
    }
  }
});

test("the first wish that is spoken here wins, whatever its region", () => {
  assert.equal(chooseLanguage([null, "fi-FI", "de-CH", "ru"]), "de");
  assert.equal(chooseLanguage(["RU-ru"]), "ru");
  assert.equal(chooseLanguage(["fi", "toString", "", undefined]), "en");
});

test("the desk speaks the counter's languages, and has no word twice", () => {
  assert.deepEqual([...desk.keys()].sort(), [...builtIn].sort());
  for (const [language, words] of counter) assert.deepEqual(Object.keys(desk.get(language) ?? {}).filter((key) => key in words), [], language);
});

test("a language without words of its own gets English", async () => {
  assert.equal((await wordsOf("fi")).ask, "Ask");
});
