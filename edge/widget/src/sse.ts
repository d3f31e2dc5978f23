/** Server-sent events out of a byte stream: the `data` of each event, in order. Other fields are not used. */

const LIMIT_CHARS = 1_000_000;

export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let held = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      held += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const events = held.split(/\r\n\r\n|\n\n|\r\r/);
      held = events.pop() ?? "";
      if (held.length > LIMIT_CHARS) throw new RangeError("event too large");
      for (const event of events) yield* dataOf(event);
      if (done) return;
    }
  } finally {
    // Leaving early (stop, failure) closes the line so that the node stops working on it.
    reader.cancel().catch(() => undefined);
  }
}

function* dataOf(event: string): Generator<string> {
  const lines = event.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data:"));
  if (lines.length) yield lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
}
