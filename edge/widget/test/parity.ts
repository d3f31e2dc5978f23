/** Asks the page's engine the golden questions and holds its answers against the node's: `parity.mjs PARTS GOLDEN`.
PARTS is a folder with the parts of a browser index (index, market, rules, language). Run in Node with the same
WebAssembly as in the browser. The last line is one JSON object. */

import { readFile } from "node:fs/promises";
import type { Engine } from "../src/alone/engine.ts";
import type { Query } from "../src/alone/query.ts";
import type { Message } from "../src/wire.ts";
import { openEngine } from "./standing.ts";

interface Golden {
  now: string;
  case: { id: number; language: string; turns: string[]; page: string | null; near: { lat: number; lon: number } | null };
  said: { language: string; intent: string; filters: Record<string, unknown>; cards: string[]; text: string };
}

const [parts = "", golden = ""] = process.argv.slice(2);

/** The fields of a query that are set, named as the golden file names them. */
function filtersOf(query: Query): Record<string, unknown> {
  const all: Record<string, unknown> = {
    text: query.text, categories: query.categories, cities: query.cities, conditions: query.conditions, excluded: query.excluded,
    open_at: query.openAt?.toISOString().slice(0, 19), price_max: query.priceMax, price_bands: query.priceBands, rating_min: query.ratingMin,
    spoken: query.spoken, order: query.order === "fit" ? null : query.order,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => (Array.isArray(value) ? value.length : value)));
}

/** Comparable text of filters; broader values to try are a matter of the search. */
function plain(filters: Record<string, unknown>): string {
  const ignored = ["near", "language", "limit", "providers"];
  const kept = Object.entries(filters).filter(([name]) => !ignored.includes(name)).sort();
  const value = (name: string, given: unknown): unknown => (name === "conditions" ? (given as { key: string; any_of: unknown }[]).map((one) => [one.key, one.any_of]) : given);
  return JSON.stringify(kept.map(([name, given]) => [name, value(name, given)]));
}

function compare(engine: Engine, { now, case: asked, said }: Golden): string[] {
  let messages: Message[] = [];
  let answer: ReturnType<Engine["answer"]> | null = null;
  for (const content of asked.turns) {
    messages = [...messages, { role: "user", content }];
    answer = engine.answer({ messages, language: asked.page, near: asked.near, now: new Date(`${now}Z`) });
    messages = [...messages, { role: "assistant", content: answer.text }];
  }
  if (!answer) return ["nothing"];
  const { understood, grounding } = answer;
  const same = {
    language: understood.language === said.language,
    intent: understood.intent === said.intent,
    filters: plain(filtersOf(understood.query)) === plain(said.filters),
    cards: grounding.cards.slice(0, 3).map((card) => card.id).join() === said.cards.join(),
    text: answer.text.replace(/\s/gu, " ") === said.text.replace(/\s/gu, " "),
  };
  if (!same.text && process.env["SHOW_TEXT"]) console.log(`${said.text}\n${answer.text}\n`);
  return Object.entries(same).flatMap(([name, good]) => (good ? [] : [name]));
}

const engine = await openEngine(parts);
const lines = (await readFile(golden, "utf8")).trim().split("\n").map((line) => JSON.parse(line) as Golden);
const begun = performance.now();
const differing = lines.map((line) => ({ id: line.case.id, language: line.case.language, turns: line.case.turns, what: compare(engine, line) }));
const each_ms = (performance.now() - begun) / lines.length;
const apart = differing.filter(({ what }) => what.some((one) => one !== "text"));
for (const { id, language, turns, what } of apart) console.log(`${id} ${language} ${what.filter((one) => one !== "text").join(" ")}: ${turns.join(" / ")}`);
const share = (count: number): number => Math.round((1000 * count) / lines.length) / 1000;
const text_share = share(differing.filter(({ what }) => !what.includes("text")).length);
console.log(JSON.stringify({ questions: lines.length, parity_share: share(lines.length - apart.length), text_share, each_ms: Math.round(each_ms * 10) / 10 }));
