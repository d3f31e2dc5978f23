import assert from "node:assert/strict";
import { test } from "node:test";
import { cutCitations } from "../src/view/sentence.ts";

const known = new Set([1, 2, 12]);

test("citations of tickets are cut out, in order", () => {
  assert.deepEqual(cutCitations("Möwe [1] and Kanal [12].", known, true), [
    { text: "Möwe " },
    { cite: 1 },
    { text: " and Kanal " },
    { cite: 12 },
    { text: "." },
  ]);
});

test("a number that no ticket has stays text", () => {
  assert.deepEqual(cutCitations("see [7] [0001]", known, true), [{ text: "see [7] [0001]" }]);
});

test("a citation still being written waits for its end", () => {
  assert.deepEqual(cutCitations("Möwe [", known, false), [{ text: "Möwe " }]);
  assert.deepEqual(cutCitations("Möwe [1", known, false), [{ text: "Möwe " }]);
  assert.deepEqual(cutCitations("Möwe [1", known, true), [{ text: "Möwe [1" }]);
});

test("cut anywhere, the parts say the same as the whole", () => {
  const text = "A [1], B [2] [x] C [12";
  for (let at = 0; at <= text.length; at += 1) {
    const parts = cutCitations(text.slice(0, at), known, true);
    assert.equal(parts.map((part) => ("text" in part ? part.text : `[${part.cite}]`)).join(""), text.slice(0, at));
  }
});

test("markup in the answer is only text", () => {
  assert.deepEqual(cutCitations("<b>[1]</b>", known, true), [{ text: "<b>" }, { cite: 1 }, { text: "</b>" }]);
});

test("what looks like a citation in a place's name is its name", () => {
  const name = "Best [2] rated";
  assert.deepEqual(cutCitations(`${name} [1]; ${name}`, known, true, [name, "Kanal"]), [{ text: `${name} ` }, { cite: 1 }, { text: `; ${name}` }]);
});

test("a name turns nothing round but itself", () => {
  assert.deepEqual(cutCitations("\u202eKanal [1], from 12 €", known, true), [{ text: "Kanal " }, { cite: 1 }, { text: ", from 12 €" }]);
});
