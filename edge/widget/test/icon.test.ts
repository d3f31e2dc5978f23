import assert from "node:assert/strict";
import { test } from "node:test";
import { drawingOf } from "../src/icon.ts";

const SHEET = '<svg><symbol id="maki-shop" viewBox="0 0 15 15"><path d="M1 1z"/><path d="M2 2z"/></symbol>\n<symbol id="maki-shop-new" viewBox="0 0 9 9"><path d="M3 3z"/></symbol></svg>';

test("a symbol is found by its whole name, with all its paths", () => {
  assert.deepEqual(drawingOf(SHEET, "maki-shop"), { box: "0 0 15 15", paths: ["M1 1z", "M2 2z"] });
  assert.deepEqual(drawingOf(SHEET, "maki-shop-new"), { box: "0 0 9 9", paths: ["M3 3z"] });
});

test("a name that is not there is no drawing, and the sprite is not needed", () => {
  for (const name of ["maki", "shop", "", '"><path d="', 'maki-shop" viewBox="0 0 15 15"><path d="M1']) assert.equal(drawingOf(SHEET, name), null);
  assert.equal(drawingOf("", "maki-shop"), null);
});
