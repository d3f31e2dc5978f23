/** Looks whether the node is there: fetches its market, and looks again by and by while it is not. */

import { Failure } from "./failure.ts";
import type { NodeClient } from "./node.ts";
import type { Market } from "./wire.ts";

export interface LookoutListener {
  /** The node answered; `market` where it was asked for that. */
  there(market: Market | null): void;
  away(failure: Failure): void;
}

const RETRY_MS = [1000, 2000, 4000, 8000, 15000];

export class Lookout {
  /** Why the node does not answer; null while it does. */
  lost: Failure | null = null;
  private readonly node: NodeClient;
  private readonly listener: LookoutListener;
  private attempts = 0;
  private again: ReturnType<typeof setTimeout> | undefined;
  private loading: AbortController | null = null;

  constructor(node: NodeClient, listener: LookoutListener) {
    this.node = node;
    this.listener = listener;
  }

  /** Fetches the market in a language; an earlier fetch is given up. */
  async look(language: string): Promise<void> {
    clearTimeout(this.again);
    this.loading?.abort();
    const loading = (this.loading = new AbortController());
    try {
      const market = await this.node.market(language, loading.signal);
      if (loading.signal.aborted) return;
      this.found(market);
    } catch (error) {
      if (!loading.signal.aborted) this.missed(error instanceof Failure ? error : new Failure("error"), language);
    }
  }

  /** Something else heard from the node. */
  found(market: Market | null = null): void {
    this.attempts = 0;
    this.lost = null;
    this.listener.there(market);
  }

  /** Something did not: say so calmly and look again. */
  missed(failure: Failure, language: string): void {
    this.lost = failure;
    const wait = RETRY_MS[Math.min(this.attempts++, RETRY_MS.length - 1)];
    clearTimeout(this.again);
    this.again = setTimeout(() => void this.look(language), wait);
    this.listener.away(failure);
  }

  end(): void {
    this.loading?.abort();
    clearTimeout(this.again);
  }
}
