/** Who answers: the node while it is there, else this device, if it has a catalogue. */

import type { Alone } from "./alone/client.ts";
import type { Answering } from "./conversation.ts";
import { Failure } from "./failure.ts";
import type { AnswerEvent, NodeClient, Question } from "./node.ts";

/** A node that says nothing for so long is looked for before more is waited. */
const PATIENCE_MS = 4_000;

export class EitherAnswers implements Answering {
  alone: Alone | null = null;
  /** Settles when it is known whether this device can answer. */
  coming: Promise<void> | null = null;
  private readonly node: NodeClient;
  private readonly away: (failure: Failure) => void;

  /** `away` is told when the node did not answer and this device did. */
  constructor(node: NodeClient, away: (failure: Failure) => void) {
    this.node = node;
    this.away = away;
  }

  async *answer(question: Question, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    const giveUp = new AbortController();
    const outer = AbortSignal.any([signal, giveUp.signal]);
    const looking = setTimeout(() => void this.look(giveUp), PATIENCE_MS);
    let heard = false;
    try {
      for await (const event of this.node.answer(question, outer)) {
        heard = true;
        clearTimeout(looking);
        yield event;
      }
    } catch (error) {
      const gone = giveUp.signal.aborted || (error instanceof Failure && error.kind === "offline");
      if (gone && !heard) await this.coming;
      if (heard || signal.aborted || !gone || !this.alone?.state.ready) throw giveUp.signal.aborted ? new Failure("offline") : error;
      this.away(new Failure("offline"));
      yield* this.alone.answer(question, signal);
    } finally {
      clearTimeout(looking);
    }
  }

  private async look(giveUp: AbortController): Promise<void> {
    if (this.alone?.state.ready && !(await this.node.there())) giveUp.abort();
  }
}
