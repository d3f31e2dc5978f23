import assert from "node:assert/strict";
import { test } from "node:test";
import { Format } from "../src/format.ts";
import { wordsOf } from "../src/language.ts";
import type { Market } from "../src/wire.ts";

const market: Market = {
  id: "m", name: "M", languages: ["en"], currency: "EUR", country: "DE", time_zone: "Europe/Berlin",
  catalog_version: 1, providers: 1, categories: [], examples: [],
};

async function format(language: string, changes: Partial<Market> = {}): Promise<Format> {
  return new Format(language, await wordsOf(language), { ...market, ...changes });
}

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
// Monday, 23 November 2026, 18:30 in Berlin.
const NOW = new Date("2026-11-23T17:30:00Z");

test("prices follow the language, whole amounts without decimals", async () => {
  assert.equal(plain((await format("de")).price(24, "EUR")), "24 €");
  assert.equal(plain((await format("de")).price(18.5, null)), "18,50 €");
  assert.equal(plain((await format("en")).price(24, "EUR")), "€24");
  assert.equal(plain((await format("ru")).price(1500, "RUB")), "1 500 ₽");
  assert.equal(plain((await format("en")).price(5, "not money")), "5 not money");
});

test("distances are metres, then kilometres, and miles where miles are used", async () => {
  const german = await format("de");
  assert.equal(plain(german.distance(183)), "180 m");
  assert.equal(plain(german.distance(3)), "10 m");
  assert.equal(plain(german.distance(1450)), "1,5 km");
  assert.equal(plain(german.distance(12_300)), "12 km");
  assert.equal(plain((await format("en", { country: "US" })).distance(1609)), "1 mi");
});

test("an hour is named as near as it needs to be", async () => {
  const english = await format("en");
  const until = (iso: string): string => plain(english.opening({ state: "open", until: iso }, NOW));
  assert.equal(until("2026-11-23T20:00:00"), "Open until 20:00");
  assert.equal(until("2026-11-24T02:00:00"), "Open until 2:00");
  assert.match(until("2026-11-25T20:00:00"), /^Open until Wed,? 20:00$/);
  const opens = (iso: string): string => plain(english.opening({ state: "closed", opens: iso }, NOW));
  assert.equal(opens("2026-11-24T09:00:00"), "Closed, opens tomorrow at 9:00");
  assert.match(opens("2026-12-24T09:00:00"), /^Closed, opens 24 Dec, 9:00$/);
  assert.equal(english.opening({ state: "open" }, NOW), "Open");
  assert.equal(english.opening({ state: "closed", opens: "soon" }, NOW), "Closed");
});

test("today is the market's today, not the browser's", async () => {
  const late = new Date("2026-11-23T23:30:00Z"); // 00:30 on Tuesday in Berlin
  const german = await format("de");
  assert.equal(german.opening({ state: "closed", opens: "2026-11-24T09:00:00" }, late), "Geschlossen, öffnet 9:00");
});

test("American hours only where English is spoken the American way", async () => {
  const english = await format("en", { country: "US", time_zone: "America/New_York" });
  assert.equal(plain(english.opening({ state: "open", until: "2026-11-23T20:00:00" }, NOW)), "Open until 8:00 PM");
});

test("counts take the plural form of the language", async () => {
  const russian = await format("ru");
  const forms = (n: number): string => russian.count(n, russian.words.tickets);
  assert.deepEqual([1, 2, 5, 21].map(forms), ["1 карточка", "2 карточки", "5 карточек", "21 карточка"]);
});

test("opening hours name their days in the language, one rule a line", async () => {
  const german = await format("de");
  assert.equal(german.hours("Mo-Fr 09:00-18:00; Sa 10:00-14:00; Su off"), "Mo–Fr 09:00–18:00\nSa 10:00–14:00\nSo geschlossen");
});

test("a market without money, place or zone is no obstacle", () => {
  const bare = new Format("en", {} as never, null);
  assert.equal(bare.price(12.5, null), "12.5");
  assert.equal(bare.priceBand(2), "¤¤");
  assert.equal(bare.date("not a date"), "not a date");
});
