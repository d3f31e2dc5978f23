/** What this device and the node hold of a conversation: gathered, handed out, erased. What an operator has is asked for
there, by the conversation's code. */

import type { Turn } from "./conversation.ts";
import type { Postbox } from "./lead/postbox.ts";
import type { NodeClient } from "./node.ts";
import type { Erased, Held, Message } from "./wire.ts";

const FORM = 1;
/** As many messages as the node takes to find what it remembers of them. */
const MOST_MESSAGES = 200;

/** A conversation as its page knows it; `requests` are the ids of those sent during it. */
export interface Own {
  session: string;
  requests: readonly string[];
  turns: readonly Turn[];
}

export interface Holdings {
  turns: number;
  posts: number;
  /** The node's part; null where it cannot be reached. */
  node: Held | null;
}

export class Privacy {
  private readonly node: NodeClient;
  private readonly postbox: Postbox;

  constructor(node: NodeClient, postbox: Postbox) {
    this.node = node;
    this.postbox = postbox;
  }

  async look(own: Own): Promise<Holdings> {
    const [node, waiting] = await Promise.all([this.held(own), this.postbox.waiting(postsOf(own))]);
    return { node, turns: own.turns.length, posts: waiting.length };
  }

  /** Everything, as one JSON document in UTF-8. */
  async handOut(own: Own, code: string | null, language: string): Promise<Blob> {
    const waiting = await this.postbox.waiting(postsOf(own));
    const said = own.turns.map(({ question, text, grounding, rated }) => ({
      question,
      answer: text,
      places: (grounding?.cards ?? []).map(({ id, name }) => ({ id, name })),
      rated,
    }));
    const device = { language, conversation: said, waiting: waiting.map(({ path, made_at, body }) => ({ path, made_at, body: JSON.parse(body) as unknown })) };
    const document = { form: FORM, code, made_at: new Date().toISOString(), device, counter: await this.held(own) };
    return new Blob([JSON.stringify(document, null, 2)], { type: "application/json" });
  }

  /** Erases what the node holds and what waits here; the page forgets its conversation itself. Null: the node is away. */
  async erase(own: Own): Promise<Erased | null> {
    await this.postbox.discard(postsOf(own));
    const messages = own.turns.flatMap(({ question, text }): Message[] => [{ role: "user", content: question }, ...(text ? [{ role: "assistant", content: text } as const] : [])]);
    const body = { session: own.session, requests: own.requests, messages: messages.slice(0, MOST_MESSAGES) };
    return this.node.call<Erased>("/api/session/erase", JSON.stringify(body)).catch(() => null);
  }

  private held({ session, requests }: Own): Promise<Held | null> {
    return this.node.call<Held>("/api/session/held", JSON.stringify({ session, requests })).catch(() => null);
  }
}

/** The names under which posts of a conversation wait: its requests, and ratings of its answers. */
function postsOf({ requests, turns }: Own): string[] {
  return [...requests, ...turns.map(({ id }) => `rating ${id}`)];
}
