/** The screen behind a conversation's code: what is held of it, where, and how to take or erase it. */

import { button, fill, make, type Child } from "../dom.ts";
import { icon } from "../icon.ts";
import type { Holdings, Own, Privacy } from "../privacy.ts";
import { adopt } from "../style.ts";
import type { Erased, Held } from "../wire.ts";
import { deskWordsOf, type DeskWords } from "../words/desk.ts";
import style from "../../style/data.css";
import type { Scene } from "./scene.ts";

/** How long a made file is kept for a browser that has begun to save it. */
const FILE_MS = 60_000;

export interface DataActs {
  own(): Own;
  /** The conversation on this page is over. */
  forget(): void;
}

export class DataScreen {
  private readonly element: HTMLDialogElement;
  private readonly privacy: Privacy;
  private readonly acts: DataActs;
  private scene!: Scene;
  private words!: DeskWords;
  private code: string | null = null;

  constructor(element: HTMLDialogElement, privacy: Privacy, acts: DataActs) {
    this.element = element;
    this.privacy = privacy;
    this.acts = acts;
  }

  /** `code` is the conversation's, as the page shows it. */
  async show(code: string | null, scene: Scene): Promise<void> {
    this.scene = scene;
    this.words = await deskWordsOf(scene.format.language);
    this.code = code;
    adopt(this.element, style);
    this.draw([make("p", { role: "status" }, scene.words.looking)], []);
    if (!this.element.open) this.element.showModal();
    const holdings = await this.privacy.look(this.acts.own());
    if (!this.element.open) return;
    this.code = holdings.node?.code ?? code;
    this.offer(holdings);
  }

  close(): void {
    if (this.element.open) this.element.close();
    fill(this.element);
  }

  private offer(holdings: Holdings): void {
    const { words } = this;
    const save = !this.scene.kiosk && button({ class: "quiet save" }, () => void this.save(), icon("ui-take"), make("span", {}, words.download));
    const erase = button({ class: "quiet erase" }, () => this.confirm(holdings), make("span", {}, words.eraseAll));
    this.draw(this.table(holdings), [save, erase]);
    this.element.querySelector<HTMLElement>(".shut")?.focus();
  }

  private confirm(holdings: Holdings): void {
    const { words, scene } = this;
    const sure = make("p", { class: "sure", role: "alert" }, words.sure);
    const erase = button({ class: "ask" }, () => void this.erase(), make("span", {}, scene.words.erase));
    const keep = button({ class: "quiet" }, () => this.offer(holdings), make("span", {}, scene.words.keep));
    this.draw([...this.table(holdings), sure], [erase, keep], false);
    sure.scrollIntoView({ block: "nearest" });
    keep.focus();
  }

  private async erase(): Promise<void> {
    const { words } = this;
    const own = this.acts.own();
    this.draw([make("p", { role: "status" }, this.scene.words.looking)], []);
    const erased = await this.privacy.erase(own);
    this.acts.forget();
    const told = make("p", { class: "outcome", role: "status", tabindex: -1 }, erased ? words.erased : words.erasedHere);
    const rest = erased && erased.hub !== "no_hub" ? [this.row(words.atOperator, [atOperator(erased, words)])] : [];
    this.draw([told, make("dl", { class: "held" }, ...rest.flat())], []);
    this.element.querySelector<HTMLElement>(".outcome")?.focus();
  }

  private async save(): Promise<void> {
    const file = await this.privacy.handOut(this.acts.own(), this.code, this.scene.format.language);
    const address = URL.createObjectURL(file);
    make("a", { href: address, download: `prilavok-${this.code ?? "conversation"}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(address), FILE_MS);
  }

  private draw(children: Child[], acts: Child[], shut = true): void {
    const { words } = this;
    const title = make("h2", { id: "data-title" }, words.dataTitle);
    const code = this.code && make("p", { class: "code-plate" }, make("strong", {}, make("bdi", { dir: "ltr" }, this.code)), make("span", {}, words.codeHint), this.scene.kiosk && make("span", {}, words.codeNote));
    const close = shut && button({ class: "quiet shut" }, () => this.close(), icon("ui-close"), make("span", {}, this.scene.words.close));
    fill(this.element, make("div", { class: "leaf", tabindex: 0 }, title, code, ...children), make("div", { class: "foot" }, ...acts, close));
  }

  private table({ turns, posts, node }: Holdings): Child[] {
    const { words, scene } = this;
    const here = [turns ? scene.format.count(turns, words.asked) : words.nothingHeld, posts ? scene.format.count(posts, words.posts) : ""];
    const rows = [
      ...this.row(words.onDevice, here),
      ...this.row(words.atCounter, node ? this.atCounter(node) : [words.away]),
      ...(node ? this.row(words.atOperator, [atOperator(node, words)]) : []),
    ];
    return [make("dl", { class: "held" }, ...rows), scene.kiosk && make("p", { class: "whom" }, words.noDownload)];
  }

  private row(term: string, lines: string[]): HTMLElement[] {
    return [make("dt", {}, term), make("dd", {}, lines.filter(Boolean).join("\n"))];
  }

  private atCounter({ questions_today, answers, requests, waiting }: Held): string[] {
    const { words, scene } = this;
    const records = Object.values(waiting).reduce((sum, count) => sum + count, 0);
    const lines = [
      questions_today !== null || answers.length ? words.noWords : "",
      requests.length ? scene.format.count(requests.length, words.requests) : "",
      records ? scene.format.count(records, words.records) : "",
    ].filter(Boolean);
    return lines.length ? lines : [words.nothingHeld];
  }
}

function atOperator({ hub }: Held | Erased, words: DeskWords): string {
  return { no_hub: words.noOperator, nothing: words.noneSent, some: words.someSent, unknown: words.maySent }[hub];
}
