/** The desk behind the counter: requests and ratings on their way to the node, and what is held of a conversation. The
forms, their words and the encryption are fetched when first wanted. */

import { freshSession } from "./conversation.ts";
import { make } from "./dom.ts";
import type { Postbox } from "./lead/postbox.ts";
import type { NodeClient } from "./node.ts";
import type { DataActs, DataScreen } from "./view/data.ts";
import type { RequestForm } from "./view/request.ts";
import type { Scene } from "./view/scene.ts";
import type { Card, Rating } from "./wire.ts";

export interface DeskActs extends DataActs {
  /** How many requests wait, and how many the node has just refused for good. */
  waits(waiting: number, refused: number): void;
  /** The conversation's code, for a request to be found by. */
  code(): Promise<string | null>;
  /** A request of that id was sent, or waits to be. */
  sent(id: string): void;
}

export class Desk {
  readonly element = make("dialog", { class: "sheet request", "aria-labelledby": "request-title" });
  readonly data = make("dialog", { class: "sheet data", "aria-labelledby": "data-title" });
  private readonly node: NodeClient;
  private readonly acts: DeskActs;
  private postbox: Promise<Postbox> | null = null;
  private form: Promise<RequestForm> | null = null;
  private screen: Promise<DataScreen> | null = null;
  private language = "en";

  constructor(node: NodeClient, acts: DeskActs) {
    this.node = node;
    this.acts = acts;
  }

  get open(): boolean {
    return this.element.open || this.data.open;
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

  /** What is held of the conversation, to be taken or erased. */
  async showData(scene: Scene): Promise<void> {
    this.screen ??= this.makeScreen().catch((error: unknown) => {
      this.screen = null;
      throw error;
    });
    const screen = await this.screen;
    await screen.show(await this.acts.code(), scene);
  }

  close(): void {
    for (const sheet of [this.element, this.data]) {
      if (sheet.open) sheet.close();
      sheet.replaceChildren();
    }
  }

  end(): void {
    void this.postbox?.then((postbox) => postbox.end());
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
    const changed = this.acts.waits.bind(this.acts);
    this.postbox ??= import("./lead/postbox.ts").then(({ Postbox }) => new Postbox(this.node, changed)).catch((error: unknown) => {
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
        const code = await this.acts.code();
        const lead = await seal(freshSession(), card?.id ?? "", code ? { ...contact, code } : contact, terms);
        const fate = await postbox.send({ id: lead.id, path: "/api/lead", body: JSON.stringify(lead), made_at: contact.made_at });
        if (fate === "sent" || fate === "kept") this.acts.sent(lead.id);
        return fate;
      },
    });
  }

  private async makeScreen(): Promise<DataScreen> {
    const [{ DataScreen }, { Privacy }, postbox] = await Promise.all([import("./view/data.ts"), import("./privacy.ts"), this.box()]);
    return new DataScreen(this.data, new Privacy(this.node, postbox), this.acts);
  }
}
