/** What the page and the worker that holds the model say to each other. Types only. */

import type { Prompt } from "../alone/phrasing.ts";

/** The model as the node offers it; see the node's edge/browser_model. */
export interface ModelHead {
  form: number;
  name: string;
  digest: string;
  bytes: number;
  chunk_bytes: number;
  chunks: string[];
  modes: Record<string, string>;
}

export type Request =
  | { kind: "kept"; head: ModelHead }
  | { kind: "fetch"; head: ModelHead; origin: string }
  | { kind: "load"; head: ModelHead; threads: number }
  | { kind: "write"; prompt: Prompt }
  | { kind: "stop" }
  | { kind: "forget" };

/** Figures of the last answer, as llama.cpp counts them. */
export interface Pace {
  prompt_tokens: number;
  prompt_per_second: number;
  tokens: number;
  tokens_per_second: number;
}

export type Reply = { bytes: number } | { loaded_ms: number } | { pace: Pace | null } | { done: true };

export type Said =
  | { id: number; reply: Reply }
  | { id: number; error: string }
  /** On the way of a request: more of the file is kept, or a piece of text. */
  | { id: number; bytes: number }
  | { id: number; text: string };
