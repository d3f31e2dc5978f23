/** The node's HTTP surface as the widget uses it: the market, and one answer as a stream of events. */

import { Failure, failureOf } from "./failure.ts";
import { readEvents } from "./sse.ts";
import { completeGrounding, type Grounding, type LeadTerms, type Market, type Message, type Queue } from "./wire.ts";

export type AnswerEvent = { grounding: Grounding } | { text: string } | { queue: Queue } | { id: string };

export interface Question {
  messages: Message[];
  language: string;
  session: string;
}

/** Longest silence of the node before the line counts as lost. */
const SILENCE_MS = 30_000;

const LOOK_MS = 3_000;

export class NodeClient {
  readonly origin: string;
  private readonly named: Record<string, string>;

  /** `origin` is the node's scheme and authority, without a path; `page` that of the page our frame is in, which the node
  counts questions by. */
  constructor(origin: string, page: string | null = null) {
    this.origin = origin;
    this.named = page ? { "prilavok-page": page } : {};
  }

  async market(language: string, signal?: AbortSignal): Promise<Market> {
    const limit = AbortSignal.timeout(SILENCE_MS);
    const response = await this.send(`/api/market?lang=${encodeURIComponent(language)}`, {
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    return (await response.json()) as Market;
  }

  async leadTerms(language: string): Promise<LeadTerms> {
    const signal = AbortSignal.timeout(SILENCE_MS);
    const response = await this.send(`/api/lead/terms?lang=${encodeURIComponent(language)}`, { signal });
    return (await response.json()) as LeadTerms;
  }

  /** Posts what may be posted again: a sealed request, a rating. Throws a Failure, "offline" where nobody is there. */
  async post(path: string, body: string): Promise<void> {
    await this.call(path, body);
  }

  /** The reply to a posted JSON body. */
  async call<T>(path: string, body: string): Promise<T> {
    const headers = { "content-type": "application/json" };
    const response = await this.send(path, { method: "POST", headers, body, signal: AbortSignal.timeout(SILENCE_MS) });
    return (await response.json()) as T;
  }

  /** Whether the node answers at all, within a moment. */
  async there(): Promise<boolean> {
    const look = { signal: AbortSignal.timeout(LOOK_MS), cache: "no-store" } as const;
    return fetch(`${this.origin}/health`, look).then(() => true, () => false);
  }

  codeAddress(card: string, language: string): string {
    return `${this.origin}/api/card/${encodeURIComponent(card)}/qr.svg?lang=${encodeURIComponent(language)}`;
  }

  /** Ends after the last event; throws a Failure, or the signal's own reason when stopped. */
  async *answer(question: Question, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
    const silence = new Silence(signal);
    try {
      const response = await this.send("/v1/chat/completions", {
        method: "POST",
        headers: { "content-type": "application/json", accept: "text/event-stream", ...this.named },
        body: JSON.stringify({ model: "prilavok", stream: true, ...question }),
        signal: silence.signal,
      });
      if (!response.body) throw new Failure("broken");
      yield* this.events(response.body, silence);
    } catch (error) {
      if (signal.aborted || error instanceof Failure) throw error;
      throw new Failure(silence.lost ? "offline" : "broken");
    } finally {
      silence.end();
    }
  }

  private async *events(body: ReadableStream<Uint8Array>, silence: Silence): AsyncGenerator<AnswerEvent> {
    let id = "";
    for await (const data of readEvents(body)) {
      silence.heard();
      if (data === "[DONE]") return;
      const chunk = JSON.parse(data) as Chunk;
      if (chunk.error) throw failureOf(Number(chunk.error.status) || 500, String(chunk.error.code ?? ""), null);
      if (chunk.id && chunk.id !== id) yield { id: (id = chunk.id) };
      if (chunk.queue) yield { queue: chunk.queue };
      if (chunk.grounding) yield { grounding: completeGrounding(chunk.grounding) };
      const text = chunk.choices?.[0]?.delta?.content;
      if (text) yield { text };
    }
    throw new Failure("broken");
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(this.origin + path, {
        credentials: "omit",
        referrerPolicy: "no-referrer",
        ...init,
      });
    } catch {
      throw new Failure("offline");
    }
    if (response.ok) return response;
    throw failureOf(response.status, await codeOf(response), response.headers.get("retry-after"));
  }
}

interface Chunk {
  id?: string;
  queue?: Queue;
  grounding?: Partial<Grounding>;
  choices?: { delta?: { content?: string | null } }[];
  error?: { code?: string | null; status?: number };
}

async function codeOf(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { code?: string; error?: { code?: string | null } };
    return String(body.error?.code ?? body.code ?? "");
  } catch {
    return "";
  }
}

/** Aborts when the caller does, or when nothing was heard for SILENCE_MS. */
class Silence {
  lost = false;
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(outer: AbortSignal) {
    if (outer.aborted) this.controller.abort();
    outer.addEventListener("abort", () => this.controller.abort(), { signal: this.controller.signal });
    this.heard();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  heard(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.lost = true;
      this.controller.abort();
    }, SILENCE_MS);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
