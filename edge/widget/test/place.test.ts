import assert from "node:assert/strict";
import { test } from "node:test";
import { coordinates, mapAddress, phoneAddress, placeLine, webAddress } from "../src/place.ts";
import type { Card } from "../src/wire.ts";

const card: Card = { id: "1", number: 1, name: "Möwe (Nord)", category: "", category_id: "", lat: 53.55, lon: 9.99 };

test("a phone becomes a link of its digits alone", () => {
  assert.equal(phoneAddress("+49 (0)30 231-25 001"), "tel:+4903023125001");
  assert.equal(phoneAddress("javascript:alert(1)"), null);
  assert.equal(phoneAddress("ask at the door"), null);
});

test("only web addresses become links", () => {
  assert.equal(webAddress("https://example.org/a"), "https://example.org/a");
  for (const url of ["javascript:alert(1)", "data:text/html,x", "example", "", null]) assert.equal(webAddress(url), null);
});

test("a phone's own map works offline, the web's map only online", () => {
  assert.match(mapAddress(card, false, "Mozilla (Linux; Android 14)") ?? "", /^geo:53\.550000,9\.990000\?q=/);
  assert.equal(mapAddress(card, false, "Mozilla (X11; Linux)"), null);
  assert.match(mapAddress(card, true, "Mozilla (X11; Linux)") ?? "", /^https:\/\/www\.openstreetmap\.org\/\?mlat=53\.55/);
  assert.equal(mapAddress({ ...card, lat: null }, true, ""), null);
});

test("the city is named once", () => {
  assert.equal(placeLine({ ...card, address: "Uferweg 3", city: "Lindenport" }), "Uferweg 3, Lindenport");
  assert.equal(placeLine({ ...card, address: "Uferweg 3, Lindenport", city: "Lindenport" }), "Uferweg 3, Lindenport");
  assert.equal(placeLine(card), "");
  assert.equal(coordinates(card), "53.55000, 9.99000");
});
