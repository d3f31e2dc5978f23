/** Holds the page's grammar and verifier against the node's: `phrasing.mjs PARTS FILE`, the file made by bench/phrasing.py. The last
line is one JSON object. */

import { readFile } from "node:fs/promises";
import { openEngine } from "./standing.ts";

interface Phrased {
  now: string;
  case: { id: number; turns: string[]; page: string | null; near: { lat: number; lon: number } | null };
  grammar: string;
  verdicts: [string, boolean][];
}

/** Without what is a matter of habit: kinds of spaces, and the side of a currency's sign. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ").replace(/€([\d.,]+)/g, "$1 €");

const [parts = "", file = ""] = process.argv.slice(2);
const engine = await openEngine(parts);
const cases = (await readFile(file, "utf8")).trim().split("\n").map((line) => JSON.parse(line) as Phrased);
let [grammars, sentences, lax, strict] = [0, 0, 0, 0];
for (const { now, case: asked, grammar, verdicts } of cases) {
  const { phrasing } = engine.answer({ messages: [{ role: "user", content: asked.turns[0] ?? "" }], language: asked.page, near: asked.near, now: new Date(`${now}Z`) });
  if (plain(phrasing?.prompt.grammar ?? "") === plain(grammar)) grammars += 1;
  else console.log(`${asked.id} ${asked.turns.join(" / ")}\n${grammar}\n${phrasing?.prompt.grammar ?? ""}`);
  for (const [text, ok] of phrasing ? verdicts : []) {
    const wrong = phrasing?.strange(text) ?? "";
    sentences += 1;
    if (ok === (wrong === "")) continue;
    if (ok) strict += 1;
    else lax += 1;
    console.log(`${asked.id} ${ok ? "refused here only" : "said here only"}: ${text} (${wrong})`);
  }
}
console.log(JSON.stringify({ questions: cases.length, phrased: cases.filter(({ grammar }) => grammar).length, grammars, sentences, lax, strict }));
