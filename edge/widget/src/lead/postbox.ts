/** Sends what may wait: straight away where the node is there, else from the shelf when it is back. */

import { Failure } from "../failure.ts";
import type { NodeClient } from "../node.ts";
import type { LeadTerms } from "../wire.ts";
import { type Post, Shelf } from "./shelf.ts";

export type Fate = "sent" | "kept" | "lost" | "refused";

/** Failures after which the same post may succeed later. */
const PASSING = new Set(["offline", "starting", "busy", "error"]);

export class Postbox {
  private readonly node: NodeClient;
  private readonly shelf = new Shelf();
  private readonly changed: (waiting: number, refused: number) => void;
  private flushing: Promise<void> | null = null;

  /** `changed` is told how many requests wait, and how many the node has just refused for good. */
  constructor(node: NodeClient, changed: (waiting: number, refused: number) => void) {
    this.node = node;
    this.changed = changed;
  }

  async send(post: Post): Promise<Fate> {
    try {
      await this.node.post(post.path, post.body);
      return "sent";
    } catch (error) {
      if (!(error instanceof Failure) || !PASSING.has(error.kind)) return "refused";
    }
    try {
      await this.shelf.put(post);
    } catch {
      return "lost";
    }
    await this.tell();
    return "kept";
  }

  /** Sends what waits, oldest first, until the node is away again. One round at a time. */
  async flush(): Promise<void> {
    this.flushing ??= this.round().finally(() => (this.flushing = null));
    await this.flushing;
  }

  /** The terms for requests: the node's, else those it gave last; null where neither can be had. */
  async terms(language: string): Promise<LeadTerms | null> {
    const key = `terms ${language}`;
    try {
      const terms = await this.node.leadTerms(language);
      await this.shelf.remember(key, terms).catch(() => undefined);
      return terms;
    } catch (error) {
      if (error instanceof Failure && error.kind === "refused") return null;
      return this.shelf.recall<LeadTerms>(key).catch(() => null);
    }
  }

  /** Those of the named posts that wait here. */
  async waiting(names: readonly string[]): Promise<Post[]> {
    if (!("indexedDB" in globalThis)) return [];
    return (await this.shelf.posts().catch((): Post[] => [])).filter(({ id }) => names.includes(id));
  }

  /** Forgets those of the named posts that wait here. */
  async discard(names: readonly string[]): Promise<void> {
    for (const { id } of await this.waiting(names)) await this.shelf.drop(id);
    await this.tell();
  }

  private async round(): Promise<void> {
    const posts = await this.shelf.posts().catch((): Post[] => []);
    if (!posts.length) return;
    let refused = 0;
    for (const post of posts) {
      try {
        await this.node.post(post.path, post.body);
      } catch (error) {
        if (!(error instanceof Failure) || PASSING.has(error.kind)) break;
        if (post.path === "/api/lead") refused += 1;
      }
      await this.shelf.drop(post.id);
    }
    await this.tell(refused);
  }

  /** Tells how many requests wait, without trying to send any. */
  async look(): Promise<void> {
    await this.tell();
  }

  private async tell(refused = 0): Promise<void> {
    const posts = await this.shelf.posts().catch((): Post[] => []);
    this.changed(posts.filter((post) => post.path === "/api/lead").length, refused);
  }
}
