/** Sends what may wait: straight away where the node is there and has room, else from the shelf, again and again by itself. */

import { Failure } from "../failure.ts";
import type { NodeClient } from "../node.ts";
import type { LeadTerms } from "../wire.ts";
import { type Post, Shelf } from "./shelf.ts";

export type Fate = "sent" | "kept" | "lost" | "refused";

/** Failures after which the same post may succeed later. */
const PASSING = new Set(["offline", "starting", "busy", "error"]);
/** What waits is tried again after this long, or when the node said; each time longer, up to the last. */
const AGAIN_MS = [2_000, 10_000, 60_000, 300_000];

export class Postbox {
  private readonly node: NodeClient;
  private readonly shelf = new Shelf();
  private readonly changed: (waiting: number, refused: number) => void;
  private flushing: Promise<void> | null = null;
  private again: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;

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
      if (!passing(error)) return "refused";
      return this.keep(post, error.wait_s);
    }
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

  end(): void {
    clearTimeout(this.again);
  }

  private async keep(post: Post, wait_s: number): Promise<Fate> {
    try {
      await this.shelf.put(post);
    } catch {
      return "lost";
    }
    this.later(wait_s);
    await this.tell();
    return "kept";
  }

  private later(wait_s: number): void {
    clearTimeout(this.again);
    const wait_ms = Math.max(wait_s * 1000, AGAIN_MS[Math.min(this.attempts++, AGAIN_MS.length - 1)] ?? 0);
    this.again = setTimeout(() => void this.flush(), wait_ms);
  }

  private async round(): Promise<void> {
    const posts = await this.shelf.posts().catch((): Post[] => []);
    if (!posts.length) return;
    let refused = 0;
    for (const post of posts) {
      try {
        await this.node.post(post.path, post.body);
      } catch (error) {
        if (passing(error)) {
          this.later(error.wait_s);
          break;
        }
        if (post.path === "/api/lead") refused += 1;
      }
      this.attempts = 0;
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

const passing = (error: unknown): error is Failure => error instanceof Failure && PASSING.has(error.kind);
