import assert from "node:assert/strict";
import { test } from "node:test";
import { FORM, readOpening, readToShell } from "../src/frame/protocol.ts";

test("an opening keeps what is as it should be and nothing else", () => {
  const given = { form: FORM, language: "ru", theme: "dark", max_chars: 200, corner: true, colours: { wood: "red", paper: 7, face: "Arial", ink: "x".repeat(81) }, ask: "hostile" };
  assert.deepEqual(readOpening(given), { form: FORM, language: "ru", theme: "dark", max_chars: 200, corner: true, colours: { wood: "red" } });
  const odd = { form: FORM, language: "<b>", theme: "url()", max_chars: -1, corner: "yes", colours: null };
  assert.deepEqual(readOpening(odd), { form: FORM, language: "", theme: "", max_chars: 0, corner: false, colours: {} });
});

test("anything else opens nothing", () => {
  for (const data of [null, undefined, 1, "prilavok", [], {}, { form: "prilavok-frame-2" }, { form: [FORM] }]) assert.equal(readOpening(data), null);
});

test("the shell hears three words", () => {
  assert.deepEqual(readToShell({ kind: "ready", more: 1 }), { kind: "ready" });
  assert.deepEqual(readToShell({ kind: "language", language: "de" }), { kind: "language", language: "de" });
  for (const data of [null, "ready", { kind: "open" }, { kind: "language" }, { kind: "language", language: "javascript:" }]) assert.equal(readToShell(data), null);
});
