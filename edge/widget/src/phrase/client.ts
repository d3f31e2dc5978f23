/** The page's side of the model on this device: whether it could be here, fetching it when the visitor says so, loading it when
it is wanted, and its lines. Nothing is fetched without a tap, nor at all on small devices and lines that cost. */

import type { Phraser } from "../alone/client.ts";
import type { Prompt } from "../alone/phrasing.ts";
import { ownScript } from "../trust.ts";
import type { ModelHead, Pace, Reply, Request, Said } from "./protocol.ts";

declare const __PHRASE__: string;
declare const __LLAMA_FILES__: string[];

const LEAST_MEMORY_GB = 4;
const LEAST_CORES = 2;
const MOST_THREADS = 4;
/** The first line has to come in this part of the patience. */
const FIRST_SHARE = 0.4;
/** After an answer that was late it rests, each time longer. */
const REST_MS = [30_000, 900_000] as const;
const CACHE = "prilavok-phrase";

interface Device {
  deviceMemory?: number;
  hardwareConcurrency: number;
  connection?: { saveData?: boolean; type?: string; effectiveType?: string };
}

/** Whether a device may hold and run it, and a line may carry it. Browsers that do not say are taken at their best. */
export function fits({ deviceMemory, hardwareConcurrency, connection }: Device): boolean {
  const costs = connection?.saveData || connection?.type === "cellular" || /^(slow-2g|2g|3g)$/.test(connection?.effectiveType ?? "");
  return (deviceMemory ?? LEAST_MEMORY_GB) >= LEAST_MEMORY_GB && hardwareConcurrency >= LEAST_CORES && !costs;
}

/** Whether the browser has what llama.cpp's WebAssembly is built on. */
export function able(): boolean {
  return "Suspending" in WebAssembly && globalThis.isSecureContext && "storage" in navigator && "caches" in globalThis && memory64();
}

function memory64(): boolean {
  try {
    return Boolean(new WebAssembly.Memory({ address: "i64", initial: 1n } as unknown as WebAssembly.MemoryDescriptor));
  } catch {
    return false;
  }
}

/** Threads need memory that workers share, which only an isolated page has. */
export function threadsFor(isolated: boolean, cores: number): number {
  return isolated ? Math.max(1, Math.min(MOST_THREADS, cores - 1)) : 1; // one core stays for the page: threads that wait turn
}

export type Progress = "away" | "offered" | "fetching" | "here" | "loading" | "ready" | "failed";

export class DevicePhraser implements Phraser {
  progress: Progress = "away";
  head: ModelHead | null = null;
  bytes = 0;
  /** How fast the last answer was. */
  pace: Pace | null = null;
  loaded_ms = 0;
  private readonly origin: string;
  private readonly patience_ms: number;
  private readonly changed: () => void;
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, { resolve(reply: Reply): void; reject(error: Error): void; told?: (said: Said) => void }>();
  private number = 0;
  private restingUntil = 0;
  private rest_ms: number = REST_MS[0];

  constructor(origin: string, patience_ms: number, changed: () => void) {
    this.origin = origin;
    this.patience_ms = patience_ms;
    this.changed = changed;
  }

  /** Asks the node what it offers, and looks what is here. A head that was kept counts while the node is away. */
  async look(): Promise<void> {
    this.head = await this.offered();
    if (!this.head) return;
    const reply = await this.call({ kind: "kept", head: this.head });
    this.bytes = "bytes" in reply ? reply.bytes : 0;
    this.turn(this.bytes === this.head.bytes ? "here" : "offered");
    if (this.progress === "here") await this.keepScripts().catch(() => undefined);
  }

  /** At the visitor's wish. */
  async fetch(): Promise<void> {
    const { head } = this;
    if (!head || this.progress === "fetching") return;
    this.turn("fetching");
    try {
      await navigator.storage.persist?.();
      await this.keepScripts();
      await this.call({ kind: "fetch", head, origin: this.origin }, (said) => {
        if ("bytes" in said) this.bytes = said.bytes;
        this.changed();
      });
      this.turn("here");
    } catch {
      this.turn("offered"); // what came is kept
    }
  }

  /** Stops fetching; what came stays for the next time. */
  stop(): void {
    void this.call({ kind: "stop" }).catch(() => undefined);
  }

  async forget(): Promise<void> {
    await this.call({ kind: "forget" });
    await caches.delete(CACHE);
    this.worker?.terminate();
    this.worker = null;
    this.bytes = 0;
    this.turn("offered");
  }

  /** Brings the model into memory; answers are the template's until it is there. */
  async load(): Promise<void> {
    const { head } = this;
    if (!head || this.progress !== "here") return;
    this.turn("loading");
    try {
      const threads = threadsFor(globalThis.crossOriginIsolated, navigator.hardwareConcurrency);
      const reply = await this.call({ kind: "load", head, threads });
      this.loaded_ms = "loaded_ms" in reply ? reply.loaded_ms : 0;
      this.turn("ready");
    } catch {
      this.turn("failed");
    }
  }

  may(language: string): boolean {
    if (this.head?.modes[language] !== "phrase" && this.head?.modes[language] !== "prose") return false;
    void this.load();
    return this.progress === "ready" && performance.now() >= this.restingUntil;
  }

  async *write(prompt: Prompt, signal: AbortSignal): AsyncGenerator<string, undefined> {
    const lines = new Lines(signal, this.patience_ms);
    const written = this.call({ kind: "write", prompt }, (said) => "text" in said && lines.take(said.text));
    written.then((reply) => this.wrote(reply, lines), () => lines.end());
    let late = true;
    try {
      for (let at = 0; at < prompt.lines; at++) {
        const line = await lines.next();
        if (line === null) return undefined;
        late = at + 1 < prompt.lines; // before the last is handed out: whoever has it asks no more
        yield line;
      }
    } finally {
      if (!signal.aborted) this.note(late);
      lines.end();
      void this.call({ kind: "stop" }).catch(() => undefined);
    }
  }

  end(): void {
    this.worker?.terminate();
    this.worker = null;
  }

  private wrote(reply: Reply, lines: Lines): void {
    if ("pace" in reply) this.pace = reply.pace;
    lines.end(true);
    this.changed();
  }

  private note(late: boolean): void {
    if (late) this.restingUntil = performance.now() + this.rest_ms;
    this.rest_ms = late ? Math.min(this.rest_ms * 2, REST_MS[1]) : REST_MS[0];
  }

  private async offered(): Promise<ModelHead | null> {
    const address = `${this.origin}/browser/model`;
    const cache = await caches.open(CACHE);
    const response = await fetch(address, { credentials: "omit" }).catch(() => null);
    const known = response?.ok ? response : await cache.match(address);
    if (!known) return null;
    const head = (await known.clone().json()) as ModelHead | null;
    if (head && response?.ok && (await cache.keys()).length) await cache.put(address, known);
    return head?.form === 1 ? head : null;
  }

  /** The scripts and the WebAssembly, for when the node is away; those of an earlier page go. */
  private async keepScripts(): Promise<void> {
    const cache = await caches.open(CACHE);
    const wanted = [...__LLAMA_FILES__.map((file) => new URL(file, import.meta.url).href), `${this.origin}/browser/model`];
    const kept = await cache.keys();
    await cache.addAll(wanted.filter((address) => !kept.some(({ url }) => url === address)));
    await Promise.all(kept.filter(({ url }) => !wanted.includes(url)).map((request) => cache.delete(request)));
  }

  private turn(progress: Progress): void {
    this.progress = progress;
    this.changed();
  }

  private call(request: Request, told?: (said: Said) => void): Promise<Reply> {
    if (!this.worker) {
      this.worker = new Worker(ownScript(new URL(__PHRASE__, import.meta.url)), { type: "module" });
      this.worker.addEventListener("message", ({ data }: MessageEvent<Said>) => this.hear(data));
      this.worker.addEventListener("error", () => this.fail());
    }
    const id = ++this.number;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, ...(told && { told }) });
      this.worker?.postMessage({ id, ...request });
    });
  }

  private hear(said: Said): void {
    const waiting = this.waiting.get(said.id);
    if (!("reply" in said) && !("error" in said)) return waiting?.told?.(said);
    this.waiting.delete(said.id);
    if ("reply" in said) waiting?.resolve(said.reply);
    else waiting?.reject(new Error(said.error));
  }

  private fail(): void {
    for (const { reject } of this.waiting.values()) reject(new Error("the worker failed"));
    this.waiting.clear();
    this.turn("failed");
  }
}

/** Text as it comes, handed out line by line until the deadline, or an earlier one where nothing has come. */
export class Lines {
  private text = "";
  private ended = false;
  private whole = false;
  private handed = 0;
  private readonly first: ReturnType<typeof setTimeout>;
  private wake: (() => void) | null = null;

  constructor(signal: AbortSignal, limit_ms: number) {
    AbortSignal.any([signal, AbortSignal.timeout(limit_ms)]).addEventListener("abort", () => this.end());
    this.first = setTimeout(() => this.handed || this.text.includes("\n") || this.end(), limit_ms * FIRST_SHARE);
  }

  take(text: string): void {
    if (this.ended) return;
    this.text += text;
    this.wake?.();
  }

  /** `whole`: all is written, so that what stands is the last line. */
  end(whole = false): void {
    if (this.ended) return;
    clearTimeout(this.first);
    this.ended = true;
    this.whole = whole;
    this.wake?.();
  }

  /** The next line; null where there is none any more. */
  async next(): Promise<string | null> {
    for (;;) {
      const at = this.text.indexOf("\n");
      if (at >= 0) {
        const line = this.text.slice(0, at);
        this.text = this.text.slice(at + 1);
        this.handed += 1;
        return line;
      }
      if (this.ended) {
        const rest = this.text;
        this.text = "";
        return (this.whole && rest) || null;
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
