/** The page's side of answering alone: starts the worker, follows the node's catalogue, asks when the node is away. */

import type { Answering } from "../conversation.ts";
import type { AnswerEvent, Question } from "../node.ts";
import { ownScript } from "../trust.ts";
import type { Market } from "../wire.ts";
import type { Answered, Reply, Request, State } from "./protocol.ts";

declare const __ALONE__: string;

/** How often the node is asked for a newer catalogue. */
const FOLLOW_MS = 15 * 60_000;
/** After it did not give one, first and at most. */
const RETRY_MS = [3_000, 60_000] as const;

export class Alone implements Answering {
  /** What there is to answer from; changes when the worker says so. */
  state: State = { ready: false, version: null, change: null };
  /** Settles when it is known what was kept here. */
  started: Promise<void> = Promise.resolve();
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

  async start(origin: string): Promise<void> {
    this.started = this.call({ kind: "start", origin }).then((reply) => this.take(reply));
    await this.started;
    await this.follow();
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
    yield { text: reply.text };
  }

  /** A conversation was erased: the worker lets go of what was said. */
  forget(): void {
    void this.call({ kind: "forget" }).catch(() => undefined);
  }

  end(): void {
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
