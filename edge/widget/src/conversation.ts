/** One visitor's conversation: its turns, the question under way, stopping, erasing. Knows nothing of the screen. */

import { Failure } from "./failure.ts";
import type { AnswerEvent, Question } from "./node.ts";
import type { Grounding, Message, Queue } from "./wire.ts";

export type TurnState = "waiting" | "writing" | "done" | "stopped" | "failed";

export interface Turn {
  readonly question: string;
  state: TurnState;
  grounding: Grounding | null;
  text: string;
  failure: Failure | null;
  /** The answer's name on the node, for rating it. */
  id: string | null;
  /** Its place in the queue, while it waits there. */
  queue: Queue | null;
  rated: 1 | -1 | null;
}

/** Who answers: the node, or this device while the node is away. */
export interface Answering {
  answer(question: Question, signal: AbortSignal): AsyncIterable<AnswerEvent>;
}

/** A conversation as it can be put away and taken up again. */
export interface Saved {
  session: string;
  turns: Turn[];
  /** Ids of requests that were sent during it. */
  requests: string[];
}

export interface Listener {
  added(turn: Turn): void;
  /** Cards arrived, or the last grounding with chips. */
  grounded(turn: Turn): void;
  wrote(turn: Turn): void;
  /** Its place in the queue is known, or another one. */
  queued(turn: Turn): void;
  ended(turn: Turn): void;
  erased(): void;
}

/** How much of the past is sent along; the node keeps the rest by session. */
const PAST_TURNS = 10;

export class Conversation {
  turns: Turn[] = [];
  session = freshSession();
  /** Ids of the requests that were sent during it. */
  requests: string[] = [];
  private running: AbortController | null = null;
  private readonly node: Answering;
  private readonly listener: Listener;

  constructor(node: Answering, listener: Listener) {
    this.node = node;
    this.listener = listener;
  }

  get busy(): boolean {
    return this.running !== null;
  }

  get last(): Turn | undefined {
    return this.turns.at(-1);
  }

  async ask(question: string, language: string): Promise<void> {
    this.stop();
    const messages: Message[] = [...this.past(), { role: "user", content: question }];
    const turn: Turn = { question, state: "waiting", grounding: null, text: "", failure: null, id: null, queue: null, rated: null };
    const running = new AbortController();
    this.running = running;
    this.turns.push(turn);
    this.listener.added(turn);
    await this.follow(turn, { messages, language, session: this.session }, running);
  }

  /** Asks the last question again in place of its failed turn. */
  async retry(language: string): Promise<void> {
    const turn = this.turns.pop();
    if (turn) await this.ask(turn.question, language);
  }

  /** Asks a question in place of `turn` and all that came after it. */
  async edit(turn: Turn, question: string, language: string): Promise<void> {
    const at = this.turns.indexOf(turn);
    this.stop();
    if (at >= 0) this.turns = this.turns.slice(0, at);
    await this.ask(question, language);
  }

  /** Takes up a conversation that was put away; only turns that have an answer are kept. */
  resume(saved: Saved): void {
    this.session = saved.session;
    this.requests = saved.requests;
    this.turns = saved.turns.filter((turn) => turn.state === "done");
  }

  save(): Saved {
    return { session: this.session, requests: this.requests, turns: this.turns.filter((turn) => turn.state === "done") };
  }

  stop(): void {
    this.running?.abort();
  }

  /** Forgets everything said; the next question starts a new session. */
  erase(): void {
    this.stop();
    this.turns = [];
    this.requests = [];
    this.session = freshSession();
    this.listener.erased();
  }

  private async follow(turn: Turn, question: Question, running: AbortController): Promise<void> {
    try {
      for await (const event of this.node.answer(question, running.signal)) {
        if (running.signal.aborted) break;
        this.take(turn, event);
      }
      turn.state = running.signal.aborted ? "stopped" : "done";
    } catch (error) {
      turn.state = running.signal.aborted ? "stopped" : "failed";
      if (!running.signal.aborted) turn.failure = error instanceof Failure ? error : new Failure("error");
    }
    if (this.running === running) this.running = null;
    if (this.turns.includes(turn)) this.listener.ended(turn);
  }

  private take(turn: Turn, event: AnswerEvent): void {
    if ("id" in event) {
      turn.id = event.id;
    } else if ("queue" in event) {
      turn.queue = event.queue;
      this.listener.queued(turn);
    } else if ("grounding" in event) {
      turn.queue = null;
      turn.grounding = event.grounding;
      this.listener.grounded(turn);
    } else {
      turn.state = "writing";
      turn.text += event.text;
      this.listener.wrote(turn);
    }
  }

  private past(): Message[] {
    return this.turns
      .filter((turn) => turn.text)
      .slice(-PAST_TURNS)
      .flatMap((turn): Message[] => [
        { role: "user", content: turn.question },
        { role: "assistant", content: turn.text },
      ]);
  }
}

/** 128 random bits in hexadecimal. Not `randomUUID`, which a page on plain http in a local network does not have. */
export function freshSession(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
