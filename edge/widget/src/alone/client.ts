/** The page's side of answering alone: starts the worker, follows the node's catalogue, asks when the node is away. */

import type { Answering } from "../conversation.ts";
import type { AnswerEvent, Question } from "../node.ts";
import { ownScript } from "../trust.ts";
import type { Market } from "../wire.ts";
import type { Prompt } from "./phrasing.ts";
import type { Answered, Reply, Request, State } from "./protocol.ts";

declare const __ALONE__: string;

/** A model on this device. */
export interface Phraser {
  may(language: string): boolean;
  /** Lines as they end; fewer where it is too slow or fails. Never throws. */
  write(prompt: Prompt, signal: AbortSignal): AsyncGenerator<string, undefined>;
  end(): void;
}

/** How often the node is asked for a newer catalogue. */
const FOLLOW_MS = 15 * 60_000;
/** After it did not give one, first and at most. */
const RETRY_MS = [3_000, 60_000] as const;

export class Alone implements Answering {
  /** What there is to answer from; changes when the worker says so. */
  state: State = { ready: false, version: null, change: null };
  /** What phrases answers on this device, where the visitor wanted it. */
  phraser: Phraser | null = null;
  /** What became of its lines. */
  readonly phrased = { said: 0, refused: 0, missed: 0 };
  private readonly worker: Worker;
  private readonly changed: (state: State) => void;
  private readonly waiting = new Map<number, { resolve(reply: Reply): void; reject(error: Error): void }>();
  private number = 0;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Throws where the page may start no worker of ours. */
  constructor(changed: (state: State) => void) {
    this.changed = changed;
    this.worker = new Worker(ownScript(new URL(__ALONE__, import.meta.url)), { type: "module" });
    this.worker.addEventListener("message", ({ data }: MessageEvent<Answered>) => this.hear(data));
    this.worker.addEventListener("error", () => this.fail(new Error("the worker failed")));
  }

  /** Takes up what was kept here. */
  async start(origin: string): Promise<void> {
    this.take(await this.call({ kind: "start", origin }));
  }

  /** Takes up the node's newest catalogue, if it is there and there is one. */
  async follow(): Promise<void> {
    clearTimeout(this.timer);
    try {
      this.take(await this.call({ kind: "follow" }));
      this.failures = 0;
    } catch {
      this.failures += 1; // away, still building, or no room: what is kept stays
    }
    const wait = this.failures ? Math.min(RETRY_MS[0] * 2 ** (this.failures - 1), RETRY_MS[1]) : FOLLOW_MS;
    this.timer = setTimeout(() => void this.follow(), wait);
  }

  async market(language: string): Promise<Market> {
    const reply = await this.call({ kind: "market", language });
    if (!("market" in reply)) throw new TypeError("no market");
    return reply.market;
  }

  async *answer(question: Question, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    const reply = await this.call({ kind: "answer", messages: question.messages, language: question.language });
    if (signal.aborted || !("grounding" in reply)) return;
    yield { grounding: reply.grounding };
    const { prompt } = reply;
    if (prompt && this.phraser?.may(prompt.language)) yield* this.phrase(prompt, this.phraser, signal);
    else yield { text: reply.text };
  }

  /** The model's lines, each held to its grammar and the records; the template's where one is refused or does not come. */
  private async *phrase(prompt: Prompt, phraser: Phraser, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    const written = phraser.write(prompt, signal);
    const said: string[] = [];
    try {
      for (let at = 0; at < prompt.lines; at++) {
        const { value, done } = await written.next();
        if (signal.aborted) return;
        const reply = await this.call({ kind: "accept", at, written: done ? null : value });
        if (!("said" in reply)) return;
        this.phrased[done ? "missed" : reply.refused ? "refused" : "said"] += 1;
        said.push(reply.said);
        yield { text: at ? ` ${reply.said}` : reply.said };
      }
    } finally {
      await written.return(undefined);
    }
    await this.call({ kind: "said", text: said.join(" ") });
    this.changed(this.state);
  }

  /** A conversation was erased: the worker lets go of what was said. */
  forget(): void {
    void this.call({ kind: "forget" }).catch(() => undefined);
  }

  end(): void {
    this.phraser?.end();
    clearTimeout(this.timer);
    this.worker.terminate();
    this.fail(new Error("ended"));
  }

  private take(reply: Reply): void {
    if (!("state" in reply)) return;
    this.state = reply.state;
    this.changed(reply.state);
  }

  private call(request: Request): Promise<Reply> {
    const id = ++this.number;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, ...request });
    });
  }

  private hear(answered: Answered): void {
    const waiting = this.waiting.get(answered.id);
    this.waiting.delete(answered.id);
    if ("reply" in answered) waiting?.resolve(answered.reply);
    else waiting?.reject(new Error(answered.error));
  }

  private fail(error: Error): void {
    for (const waiting of this.waiting.values()) waiting.reject(error);
    this.waiting.clear();
  }
}
