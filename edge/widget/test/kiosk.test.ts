import assert from "node:assert/strict";
import { test } from "node:test";
import { leadsOut } from "../src/kiosk/guard.ts";
import { capital, hasCapitals, rowsOf } from "../src/kiosk/layout.ts";
import { builtIn } from "../src/language.ts";
import { kioskWords } from "../src/words/kiosk.ts";

/** Every letter that a language's own words need, as CLDR's main exemplars have them. */
const ALPHABETS: Record<string, string> = {
  en: "abcdefghijklmnopqrstuvwxyz",
  zh: "abcdefghijklmnopqrstuvwxyz",
  ru: "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
  es: "abcdefghijklmnñopqrstuvwxyzáéíóúü",
  de: "abcdefghijklmnopqrstuvwxyzäöüß",
  fr: "abcdefghijklmnopqrstuvwxyzàâçéèêîôùû",
  tr: "abcçdefgğhıijklmnoöprsştuüvyz",
  ar: "ابتثجحخدذرزسشصضطظعغفقكلمنهويءأإآؤئةى",
};

test("each language's alphabet is on its keys, each letter once, and no row is too long to touch", () => {
  for (const language of builtIn) {
    const rows = rowsOf(language, "letters");
    const keys = rows.flat();
    assert.deepEqual([...(ALPHABETS[language] ?? "?")].filter((letter) => !keys.includes(letter)), [], language);
    assert.equal(new Set(keys).size, keys.length, language);
    assert.ok(Math.max(...rows.map((row) => row.length)) <= 12, language);
  }
});

test("capitals are the language's own", () => {
  assert.equal(capital("i", "tr"), "İ");
  assert.equal(capital("ı", "tr"), "I");
  assert.equal(capital("i", "de"), "I");
  assert.equal(capital("ß", "de"), "ẞ");
  assert.equal(hasCapitals("ar", "letters"), false);
  assert.equal(hasCapitals("ar", "latin"), true);
});

test("signs and digits are on every keyboard", () => {
  for (const language of builtIn) {
    const keys = rowsOf(language, "signs").flat();
    for (const sign of "0123456789@-.+") assert.ok(keys.includes(sign), `${language} ${sign}`);
    assert.deepEqual(rowsOf(language, "digits").flat().sort(), [..."0123456789+-"].sort());
  }
});

test("only Chinese is told that its characters cannot be typed here", () => {
  for (const language of builtIn) assert.equal(kioskWords(language).noCharacters !== "", language === "zh");
});

test("the browser's keys lead out, those of writing do not", () => {
  const plain = { ctrlKey: false, metaKey: false, altKey: false };
  for (const key of ["F1", "F5", "F11", "F12", "BrowserHome", "ContextMenu"]) assert.ok(leadsOut({ ...plain, key }), key);
  for (const key of ["p", "n", "T", "w", "l", "+", "0", "Tab", "Escape"]) assert.ok(leadsOut({ ...plain, key, ctrlKey: true }), key);
  for (const key of ["a", "C", "v", "z", "Backspace", "Control"]) assert.ok(!leadsOut({ ...plain, key, ctrlKey: true }), key);
  for (const key of ["F", "a", "Enter", "Tab", "Escape", "ArrowLeft", "Home"]) assert.ok(!leadsOut({ ...plain, key }), key);
  assert.ok(leadsOut({ ...plain, key: "ArrowLeft", altKey: true }));
  assert.ok(!leadsOut({ ...plain, key: "é", altKey: true }));
  assert.ok(!leadsOut({ ...plain, key: "@", altKey: true, ctrlKey: true }));
});
