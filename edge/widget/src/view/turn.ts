/** One question and its answer: the question, the sentence, the tickets. Folds into one line when it is past. */

import { button, fill, make, walkable } from "../dom.ts";
import type { Turn } from "../conversation.ts";
import { say } from "../format.ts";
import { icon } from "../icon.ts";
import { phoneAddress } from "../place.ts";
import { failureText, notice } from "./notice.ts";
import type { Scene } from "./scene.ts";
import { Afterword } from "./afterword.ts";
import { Sentence } from "./sentence.ts";
import { skeletons } from "./skeleton.ts";
import { Ticket } from "./ticket.ts";
import { drawers } from "./welcome.ts";

/** Tickets shown before "more". */
const SHOWN = 5;
/** A wait shorter than this is not worth drawing. */
const SKELETON_AFTER_MS = 150;

export class TurnView {
  readonly turn: Turn;
  readonly element = make("section", { class: "turn", part: "turn" });
  private scene: Scene;
  private readonly sentence: Sentence;
  private readonly aside = make("div", { class: "aside" });
  private readonly list = make("ol", { class: "tickets", role: "list" });
  private readonly afterword: Afterword;
  private readonly rest = make("div", { class: "rest" });
  private readonly answer = make("div", { class: "answer" });
  private tickets: Ticket[] = [];
  private chosen: number | null = null;
  private readonly waiting: ReturnType<typeof setTimeout>;

  constructor(turn: Turn, scene: Scene) {
    this.turn = turn;
    this.scene = scene;
    this.sentence = new Sentence({
      hover: (cite) => this.light(cite ?? this.chosen),
      choose: (cite) => this.choose(cite),
      nameOf: (cite) => turn.grounding?.cards.find((card) => card.number === cite)?.name ?? "",
    });
    this.afterword = new Afterword(turn, () => this.spoken());
    fill(this.answer, make("div", { class: "side" }, this.sentence.element, this.aside), make("div", { class: "laid" }, this.list, this.rest));
    this.heading();
    this.waiting = setTimeout(() => this.drawSkeletons(), turn.grounding ? 0 : SKELETON_AFTER_MS);
  }

  /** Draws all of it anew, in the scene's language. */
  redraw(scene: Scene): void {
    this.scene = scene;
    if (!this.element.classList.contains("past")) this.heading();
    this.grounded();
    this.wrote();
    if (!["waiting", "writing"].includes(this.turn.state)) this.ended();
  }

  grounded(): void {
    const grounding = this.turn.grounding;
    if (!grounding) return;
    clearTimeout(this.waiting);
    this.answer.classList.remove("waiting");
    this.element.lang = grounding.language;
    const drawn = this.tickets.map((ticket) => ticket.number).join();
    const wanted = grounding.cards.slice(0, Math.max(SHOWN, this.tickets.length));
    if (drawn !== wanted.map((card) => card.number).join() || this.list.lang !== this.scene.format.language) this.lay(wanted.length);
    this.answer.classList.toggle("bare", grounding.cards.length === 0);
    fill(this.aside, this.emergency(grounding.intent));
  }

  wrote(): void {
    const whole = this.turn.state !== "writing" && this.turn.state !== "waiting";
    this.sentence.write(this.turn.text, this.turn.grounding?.cards ?? [], whole, this.scene);
  }

  /** The question waits its turn: says where it stands, instead of blank tickets. */
  queued(): void {
    clearTimeout(this.waiting);
    fill(this.aside, this.line(notice(queueText(this.turn, this.scene), "queue")));
  }

  ended(): void {
    clearTimeout(this.waiting);
    this.answer.classList.remove("waiting");
    if (!this.turn.grounding) {
      fill(this.list);
      this.answer.classList.add("bare");
    }
    this.wrote();
    fill(this.aside, this.emergency(this.turn.grounding?.intent), this.ending(), this.last());
    if (this.foundNothing()) fill(this.rest, this.line(drawers(this.scene)));
  }

  /** Becomes one line that opens again when asked to. */
  fold(): void {
    if (this.element.classList.contains("past")) return;
    this.element.classList.add("past");
    this.light(null);
    const count = this.turn.grounding?.cards.length ?? 0;
    const tally = count > 0 && make("span", { class: "tally" }, this.scene.format.count(count, this.scene.words.tickets));
    const title = make("h2", { dir: "auto" }, this.turn.question);
    fill(this.element, make("details", {}, make("summary", {}, icon("ui-ticket"), title, tally), this.answer));
  }

  focusTicket(number: number): void {
    const ticket = this.tickets.find((one) => one.number === number);
    ticket?.face.focus({ preventScroll: true });
    ticket?.face.scrollIntoView({ block: "nearest" });
  }

  /** What the sentence says, with citations as words, for those who hear it. */
  spoken(): string {
    const named = this.turn.text.replace(/\s*\[(\d{1,3})\]/g, "");
    return named.replace(/\s+/g, " ").trim();
  }

  private heading(): void {
    const { words, edit } = this.scene;
    const label = say(words.editOf, { question: this.turn.question });
    const change = button({ class: "tool edit", "aria-label": label, title: words.edit }, () => edit(this.turn), icon("ui-edit"));
    const title = make("h2", { class: "question", dir: "auto", tabindex: -1 }, this.turn.question);
    fill(this.element, make("div", { class: "asked" }, title, change), this.answer);
  }

  /** What can be done with an answer once it stands. */
  private last(): HTMLElement | null {
    if (this.turn.state !== "done" || !this.turn.text) return null;
    this.afterword.draw(this.scene);
    return this.afterword.element;
  }

  private lay(count: number): void {
    const grounding = this.turn.grounding;
    if (!grounding) return;
    this.list.lang = this.scene.format.language;
    this.list.classList.remove("skeletons");
    this.list.removeAttribute("aria-hidden");
    this.tickets = grounding.cards.slice(0, count).map((card) => new Ticket(card, this.scene));
    for (const ticket of this.tickets) {
      ticket.face.addEventListener("pointerenter", () => this.sentence.light(ticket.number));
      ticket.face.addEventListener("pointerleave", () => this.sentence.light(this.chosen));
    }
    fill(this.list, ...this.tickets.map((ticket) => ticket.item));
    walkable(this.tickets.map((ticket) => ticket.face), { next: ["ArrowDown"], previous: ["ArrowUp"] });
    fill(this.rest, this.moreButton(grounding.cards.length - count, grounding.total - count));
  }

  private moreButton(held: number, beyond: number): HTMLElement | null {
    const { format, words, ask } = this.scene;
    if (held > 0) return button({ class: "quiet more" }, () => this.layAll(), format.count(held, words.more));
    if (beyond > 0 && this.tickets.length) return button({ class: "quiet more" }, () => ask(words.showMore), words.showMore);
    return null;
  }

  private layAll(): void {
    const first = this.tickets.length;
    this.lay(this.turn.grounding?.cards.length ?? 0);
    this.tickets[first]?.face.focus();
  }

  private drawSkeletons(): void {
    if (this.turn.grounding || this.turn.state !== "waiting") return;
    this.answer.classList.add("waiting");
    this.list.classList.add("skeletons");
    this.list.setAttribute("aria-hidden", "true");
    fill(this.list, ...skeletons(3));
  }

  private light(cite: number | null): void {
    for (const ticket of this.tickets) ticket.light(ticket.number === cite);
    this.sentence.light(cite);
  }

  private choose(cite: number): void {
    this.chosen = cite;
    this.light(cite);
    this.focusTicket(cite);
  }

  private emergency(intent: string | undefined): HTMLElement | null {
    const number = this.scene.market?.emergency_number;
    if (intent !== "emergency" || !number) return null;
    const address = this.scene.kiosk ? null : phoneAddress(number);
    const shown = address ? make("a", { href: address }, number) : make("strong", {}, number);
    return make("p", { class: "emergency", lang: this.scene.format.language }, icon("ui-phone"), make("span", {}, this.scene.words.emergency), shown);
  }

  private ending(): HTMLElement | null {
    const { words, retry } = this.scene;
    const { state, failure, grounding } = this.turn;
    if (state === "failed" && failure) {
      const again = failure.kind === "too-long" ? undefined : { label: words.retry, run: retry };
      return this.line(notice(failureText(failure, this.scene), failure.kind, again));
    }
    if (state === "stopped") return this.line(notice(words.stopped, "stopped", { label: words.retry, run: retry }));
    if (grounding && this.foundNothing() && !this.turn.text) {
      return this.line(notice(words.nothing, "nothing"));
    }
    return null;
  }

  private foundNothing(): boolean {
    const { grounding, state } = this.turn;
    if (state !== "done" || !grounding || grounding.cards.length || grounding.found !== "none") return false;
    return grounding.intent === "find" || grounding.intent === "out_of_scope";
  }

  /** What the counter itself says is in the interface's language, not the answer's. */
  private line<T extends HTMLElement | null>(element: T): T {
    if (element) element.lang = this.scene.format.language;
    return element;
  }
}

/** "3 questions before yours. About 12 seconds." */
export function queueText(turn: Turn, scene: Scene): string {
  const { queue } = turn;
  if (!queue) return "";
  const wait_s = Math.ceil(queue.expected_wait_s);
  const wait = wait_s > 0 ? [scene.format.count(wait_s, scene.words.queueWait)] : [];
  return [scene.format.count(Math.max(0, queue.position), scene.words.queue), ...wait].join(" ");
}
