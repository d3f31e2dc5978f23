/** What page and worker say to each other. Types only. */

import type { Grounding, Market, Message } from "../wire.ts";
import type { Change } from "./parts.ts";

export type Request =
  | { kind: "start"; origin: string }
  | { kind: "follow" }
  | { kind: "market"; language: string }
  | { kind: "forget" }
  | { kind: "answer"; messages: Message[]; language: string };

/** `ready`: there is a catalogue to answer from; `change`: what following the node took. */
export interface State {
  ready: boolean;
  version: number | null;
  change: Change | null;
}

export type Reply = { state: State } | { market: Market } | { grounding: Grounding; text: string };

export type Numbered<T> = T & { id: number };
export type Answered = Numbered<{ reply: Reply } | { error: string }>;
