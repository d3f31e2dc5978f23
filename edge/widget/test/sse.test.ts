import assert from "node:assert/strict";
import { test } from "node:test";
import { readEvents } from "../src/sse.ts";

function stream(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      chunks.forEach((chunk) => controller.enqueue(chunk));
      controller.close();
    },
  });
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function read(...chunks: Uint8Array[]): Promise<string[]> {
  const events: string[] = [];
  for await (const event of readEvents(stream(...chunks))) events.push(event);
  return events;
}

test("events come out whole however the bytes are cut", async () => {
  const whole = bytes('data: {"a":"сантехник"}\n\ndata: [DONE]\n\n');
  for (let cut = 1; cut < whole.length; cut += 1) {
    assert.deepEqual(await read(whole.slice(0, cut), whole.slice(cut)), ['{"a":"сантехник"}', "[DONE]"]);
  }
});

test("comments, other fields and an unfinished last event are left out", async () => {
  assert.deepEqual(await read(bytes(": hello\n\nevent: x\nid: 1\ndata: one\n\ndata: unfinished")), ["one"]);
});

test("lines of one event are joined, and CRLF ends them too", async () => {
  assert.deepEqual(await read(bytes("data: one\r\ndata: two\r\n\r\ndata:three\r\n\r\n")), ["one\ntwo", "three"]);
});

test("an event without end is refused", async () => {
  const flood = Array.from({ length: 20 }, () => bytes("x".repeat(100_000)));
  await assert.rejects(read(bytes("data: "), ...flood), RangeError);
});
