/** One visitor's conversation: its turns, the question under way, stopping, erasing. Knows nothing of the screen. */

import { Failure } from "./failure.ts";
import type { NodeClient } from "./node.ts";
import type { Grounding, Message } from "./wire.ts";

export type TurnState = "waiting" | "writing" | "done" | "stopped" | "failed";

export interface Turn {
  readonly question: string;
  state: TurnState;
  grounding: Grounding | null;
  text: string;
  failure: Failure | null;
}

export interface Listener {
  added(turn: Turn): void;
  /** Cards arrived, or the last grounding with chips. */
  grounded(turn: Turn): void;
  wrote(turn: Turn): void;
  ended(turn: Turn): void;
  erased(): void;
}

/** How much of the past is sent along; the node keeps the rest by session. */
const PAST_TURNS = 10;

export class Conversation {
  turns: Turn[] = [];
  private session = freshSession();
  private running: AbortController | null = null;
  private readonly node: NodeClient;
  private readonly listener: Listener;

  constructor(node: NodeClient, listener: Listener) {
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
    const turn: Turn = { question, state: "waiting", grounding: null, text: "", failure: null };
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

  stop(): void {
    this.running?.abort();
  }

  /** Forgets everything said; the next question starts a new session. */
  erase(): void {
    this.stop();
    this.turns = [];
    this.session = freshSession();
    this.listener.erased();
  }

  private async follow(turn: Turn, question: Parameters<NodeClient["answer"]>[0], running: AbortController): Promise<void> {
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

  private take(turn: Turn, event: { grounding: Grounding } | { text: string }): void {
    if ("grounding" in event) {
      turn.grounding = event.grounding;
      this.listener.grounded(turn);
      return;
    }
    turn.state = "writing";
    turn.text += event.text;
    this.listener.wrote(turn);
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

/** 128 random bits. Not `randomUUID`, which a page on plain http in a local network does not have. */
function freshSession(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
