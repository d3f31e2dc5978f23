"""A model in the page that writes what it likes: stands where the page's model worker does.

It speaks the protocol in `edge/widget/src/phrase/protocol.ts`. `LINES` is replaced by the lines it writes,
one after the other; `globalThis.written` counts them. It keeps no file: the model is here from the start.
"""

BYTES = 10
HEAD = {
    "form": 1,
    "name": "page-model",
    "digest": "0" * 64,
    "bytes": BYTES,
    "chunk_bytes": BYTES,
    "chunks": ["0" * 64],
    "modes": {"en": "phrase"},
}
PAGE_MODEL = """{
  const Native = Worker, lines = LINES;
  globalThis.written = 0;
  class PageModel extends EventTarget {
    terminate() {}
    say(said) { queueMicrotask(() => this.dispatchEvent(new MessageEvent("message", { data: said }))); }
    postMessage({ id, kind, prompt }) {
      if (kind === "kept") return this.say({ id, reply: { bytes: 10 } });
      if (kind === "load") return this.say({ id, reply: { loaded_ms: 1 } });
      if (kind !== "write") return this.say({ id, reply: { done: true } });
      for (let at = 0; at < prompt.lines; at++)
        this.say({ id, text: lines[written++ % lines.length] + "\\n" });
      this.say({ id, reply: { pace: null } });
    }
  }
  globalThis.Worker = new Proxy(Native, {
    construct: (target, given) => /phrase-/.test(given[0]) ? new PageModel() : new target(...given),
  });
}"""
