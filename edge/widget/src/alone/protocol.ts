/** What page and worker say to each other. Types only. */

import type { Grounding, Market, Message } from "../wire.ts";
import type { Change } from "./parts.ts";
import type { Prompt } from "./phrasing.ts";

export type Request =
  | { kind: "start"; origin: string }
  | { kind: "follow" }
  | { kind: "market"; language: string }
  | { kind: "forget" }
  /** What a model wrote for a line of the last answer; null: nothing came in time. */
  | { kind: "accept"; at: number; written: string | null }
  /** The last answer, as it was said. */
  | { kind: "said"; text: string }
  | { kind: "answer"; messages: Message[]; language: string };

/** `ready`: there is a catalogue to answer from; `change`: what following the node took. */
export interface State {
  ready: boolean;
  version: number | null;
  change: Change | null;
}

export type Reply = { state: State } | { market: Market } | { grounding: Grounding; text: string; prompt: Prompt | null } | { said: string; refused: boolean };

export type Numbered<T> = T & { id: number };
export type Answered = Numbered<{ reply: Reply } | { error: string }>;
