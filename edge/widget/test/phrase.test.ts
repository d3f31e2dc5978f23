import assert from "node:assert/strict";
import { test } from "node:test";
import { fits, Lines, threadsFor } from "../src/phrase/client.ts";

test("small devices and lines that cost are not offered a model", () => {
  const good = { deviceMemory: 8, hardwareConcurrency: 4 };
  assert.ok(fits(good));
  assert.ok(fits({ hardwareConcurrency: 2 }));
  assert.ok(fits({ ...good, connection: { type: "wifi", effectiveType: "4g", saveData: false } }));
  assert.ok(!fits({ ...good, deviceMemory: 2 }));
  assert.ok(!fits({ ...good, hardwareConcurrency: 1 }));
  assert.ok(!fits({ ...good, connection: { saveData: true } }));
  assert.ok(!fits({ ...good, connection: { type: "cellular", effectiveType: "4g" } }));
  assert.ok(!fits({ ...good, connection: { effectiveType: "3g" } }));
});

test("threads are for isolated pages, and leave the page a core", () => {
  assert.equal(threadsFor(false, 16), 1);
  assert.deepEqual([1, 2, 3, 4, 16].map((cores) => threadsFor(true, cores)), [1, 1, 2, 3, 4]);
});

test("lines come as they end, the last when all is written", async () => {
  const lines = new Lines(new AbortController().signal, 60_000);
  lines.take("One f");
  lines.take("its.\nTwo");
  assert.equal(await lines.next(), "One fits.");
  const waiting = lines.next();
  lines.take(" open.");
  lines.end(true);
  assert.equal(await waiting, "Two open.");
  assert.equal(await lines.next(), null);
});

test("what is cut short is no line", async () => {
  const stopped = new AbortController();
  const lines = new Lines(stopped.signal, 60_000);
  lines.take("One fits.\nHalf a");
  assert.equal(await lines.next(), "One fits.");
  const waiting = lines.next();
  stopped.abort();
  assert.equal(await waiting, null);
  lines.take(" line\n");
  assert.equal(await lines.next(), null);
});

test("a model that says nothing is not waited for to the end", async () => {
  const lines = new Lines(new AbortController().signal, 50);
  assert.equal(await lines.next(), null);
});
