/** An answer that a model may phrase, line by line: what it is asked, and whether what it wrote may be said; as the node's
`answer/phrase`. A line that grammar or verifier refuse, or that never came, is the template's. */

import { allows, gbnf, type Line, linesOf } from "./grammar.ts";
import type { Rules } from "./rules.ts";
import { unsupported } from "./verify.ts";
import type { Voice } from "./voice.ts";

const QUESTION_CHARS = 300;

/** What a model is asked. */
export interface Prompt {
  language: string;
  system: string;
  user: string;
  grammar: string;
  lines: number;
}

export interface Phrasing {
  prompt: Prompt;
  lines: Line[];
  /** The sentence to say for a line: what was written, or the template's where it is null or refused. */
  accept(at: number, written: string | null): { text: string; refused: boolean };
  /** The first thing in a sentence that nothing supports; empty where it may be said. */
  strange(text: string): string;
  /** The whole answer, as it was said. */
  said(text: string): void;
}

/** Null where only the template may speak. */
export function phrasingOf(voice: Voice, rules: Rules, said: (text: string) => void): Phrasing | null {
  const lines = linesOf(voice);
  if (!lines.length || !voice.has("phrase.system")) return null;
  // Without the notes that the node sends along: every fact is in the grammar, and a page reads a few tokens a second.
  const question = [...voice.draft.question].slice(0, QUESTION_CHARS).join("");
  const prompt = {
    language: voice.draft.understood.language,
    system: voice.say("phrase.system"),
    user: voice.say("phrase.question", { question }),
    grammar: gbnf(lines),
    lines: lines.length,
  };
  const strange = (text: string): string => unsupported(text, voice, rules);
  const accept: Phrasing["accept"] = (at, written) => {
    const line = lines[at];
    if (!line) return { text: "", refused: true };
    if (written !== null && allows(line, written) && !strange(written)) return { text: written, refused: false };
    return { text: line.template, refused: written !== null };
  };
  return { prompt, lines, accept, strange, said };
}
