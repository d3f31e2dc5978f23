/** The desk behind the counter: requests and ratings on their way to the node. The form and its encryption are
fetched when first wanted. */

import { freshSession } from "./conversation.ts";
import { make } from "./dom.ts";
import type { Postbox } from "./lead/postbox.ts";
import type { NodeClient } from "./node.ts";
import type { RequestForm } from "./view/request.ts";
import type { Scene } from "./view/scene.ts";
import type { Card, Rating } from "./wire.ts";

export class Desk {
  readonly element = make("dialog", { class: "sheet request", "aria-labelledby": "request-title" });
  private readonly node: NodeClient;
  private readonly changed: (waiting: number, refused: number) => void;
  private postbox: Promise<Postbox> | null = null;
  private form: Promise<RequestForm> | null = null;
  private language = "en";

  constructor(node: NodeClient, changed: (waiting: number, refused: number) => void) {
    this.node = node;
    this.changed = changed;
  }

  async show(card: Card | null, question: string, scene: Scene): Promise<void> {
    this.language = scene.format.language;
    this.form ??= this.makeForm().catch((error: unknown) => {
      this.form = null;
      throw error;
    });
    const form = await this.form;
    await form.show(card, question, scene, globalThis.isSecureContext);
  }

  close(): void {
    if (this.element.open) this.element.close();
    this.element.replaceChildren();
  }

  async rate(rating: Rating): Promise<void> {
    const postbox = await this.box();
    const post = { id: `rating ${rating.answer_id}`, path: "/api/feedback" as const, body: JSON.stringify(rating) };
    await postbox.send({ ...post, made_at: new Date().toISOString() });
  }

  /** Says what waits while the node is away. */
  async look(): Promise<void> {
    if ("indexedDB" in globalThis) await (await this.box()).look();
  }

  /** Sends what waits from earlier; nothing is fetched for it where nothing can wait. */
  async flush(): Promise<void> {
    if (!("indexedDB" in globalThis)) return;
    const postbox = await this.box();
    await postbox.flush();
  }

  private box(): Promise<Postbox> {
    this.postbox ??= import("./lead/postbox.ts").then(({ Postbox }) => new Postbox(this.node, this.changed)).catch((error: unknown) => {
      this.postbox = null;
      throw error;
    });
    return this.postbox;
  }

  private async makeForm(): Promise<RequestForm> {
    const [{ RequestForm }, { seal }, postbox] = await Promise.all([import("./view/request.ts"), import("./lead/seal.ts"), this.box()]);
    return new RequestForm(this.element, {
      terms: () => postbox.terms(this.language),
      send: async (card, contact, terms) => {
        const lead = await seal(freshSession(), card?.id ?? "", contact, terms);
        return postbox.send({ id: lead.id, path: "/api/lead", body: JSON.stringify(lead), made_at: contact.made_at });
      },
    });
  }
}
