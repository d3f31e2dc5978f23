/** The worker that holds the model: keeps its file, starts llama.cpp's WebAssembly over it, and writes under a grammar.

wllama starts its own worker from a made-up address, which our policy forbids: here it gets one of our files instead (built
from the same code). */

import { Wllama, type ChatCompletionChunk } from "@wllama/wllama/esm/index.js";
import { ownScript } from "../trust.ts";
import type { Prompt } from "../alone/phrasing.ts";
import type { ModelHead, Pace, Reply, Request, Said } from "./protocol.ts";
import { fetchAll, forget, keptBytes, whole } from "./store.ts";

declare const __LLAMA__: string;
declare const __LLAMA_WASM__: string;

const CONTEXT_TOKENS = 2048;
const MOST_TOKENS = 400;

const wasm = new URL(__LLAMA_WASM__, import.meta.url).href;
const tell = (said: Said): void => postMessage(said);
const silent = { debug: () => undefined, log: () => undefined, warn: () => undefined, error: () => undefined };

let model: Wllama | null = null;
let running: AbortController | null = null;

/** Whatever worker is started here is llama.cpp's. */
function standIn(threads: number): void {
  const Native = Worker;
  const options = { pathConfig: { "wllama.wasm": wasm }, nbThread: threads > 1 ? threads : 0, compat: false };
  const address = new URL(__LLAMA__, import.meta.url);
  globalThis.Worker = class extends Native {
    constructor(_: string | URL, given?: WorkerOptions) {
      super(ownScript(address), { ...given, name: JSON.stringify(options) });
    }
  };
}

async function load(head: ModelHead, threads: number): Promise<Reply> {
  const begun = performance.now();
  const file = await whole(head);
  if (!file) throw new Error("the model is not here");
  standIn(threads);
  const made = new Wllama({ default: wasm }, { suppressNativeLog: true, logger: silent });
  made.setCompat(null);
  await made.loadModel([file], { n_ctx: CONTEXT_TOKENS, n_threads: threads, n_gpu_layers: 0, n_parallel: 1 });
  model = made;
  return { loaded_ms: Math.round(performance.now() - begun) };
}

async function write(id: number, prompt: Prompt): Promise<Reply> {
  if (!model) throw new Error("no model is loaded");
  running?.abort();
  const own = (running = new AbortController());
  let pace: Pace | null = null;
  const onData = ({ choices, timings }: ChatCompletionChunk): void => {
    const text = choices[0]?.delta.content;
    if (text) tell({ id, text });
    if (timings) pace = { prompt_tokens: timings.prompt_n, prompt_per_second: timings.prompt_per_second, tokens: timings.predicted_n, tokens_per_second: timings.predicted_per_second };
  };
  await model.createChatCompletion({
    messages: [{ role: "system", content: prompt.system }, { role: "user", content: prompt.user }],
    grammar: prompt.grammar,
    max_tokens: MOST_TOKENS,
    temperature: 0,
    cache_prompt: true,
    timings_per_token: true,
    stream: true,
    abortSignal: own.signal,
    onData,
  });
  return { pace };
}

async function serve(id: number, request: Request): Promise<Reply> {
  if (request.kind === "kept") return { bytes: await keptBytes(request.head) };
  if (request.kind === "fetch") {
    const own = (running = new AbortController());
    await fetchAll(request.head, request.origin, own.signal, (bytes) => tell({ id, bytes }));
    return { bytes: await keptBytes(request.head) };
  }
  if (request.kind === "load") return load(request.head, request.threads);
  if (request.kind === "write") return write(id, request.prompt);
  running?.abort();
  if (request.kind === "forget") {
    await model?.exit();
    model = null;
    await forget();
  }
  return { done: true };
}

addEventListener("message", ({ data }: MessageEvent<Request & { id: number }>) => {
  serve(data.id, data).then(
    (reply) => tell({ id: data.id, reply }),
    (error: unknown) => tell({ id: data.id, error: String(error) }),
  );
});
