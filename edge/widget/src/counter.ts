/** The counter as one picture: puts the views together and keeps them in step with the conversation. */

import { Conversation, type Turn } from "./conversation.ts";
import { button, fill, make } from "./dom.ts";
import { Failure } from "./failure.ts";
import { Format } from "./format.ts";
import { wordsOf } from "./language.ts";
import type { NodeClient } from "./node.ts";
import { Dock } from "./view/dock.ts";
import { Header } from "./view/header.ts";
import { failureText, notice } from "./view/notice.ts";
import type { Scene } from "./view/scene.ts";
import { TakeAlong } from "./view/takealong.ts";
import { TurnView } from "./view/turn.ts";
import { Welcome } from "./view/welcome.ts";
import type { Card, Market } from "./wire.ts";
import { en } from "./words/en.ts";

export interface CounterOptions {
  node: NodeClient;
  kiosk: boolean;
  /** The counter is all of its page, not a guest in one: its landmarks and its heading are the page's. */
  whole: boolean;
  language: string;
  maxChars: number;
  /** A language was chosen by hand. */
  chosen(language: string): void;
  /** The counter speaks this language from now on. */
  speaks(language: string): void;
}

const RETRY_MS = [1000, 2000, 4000, 8000, 15000];

export class Counter {
  readonly element = make("div", { class: "frame", part: "frame" });
  readonly conversation: Conversation;
  private readonly options: CounterOptions;
  private readonly skip = button({ class: "skip" }, () => this.dock.field.focus());
  private readonly header: Header;
  private readonly welcome = new Welcome();
  private readonly turns = make("div", { class: "turns" });
  private readonly main: HTMLElement;
  private readonly line = make("div", { class: "line", role: "status" });
  private readonly spoken = make("div", { class: "unseen", role: "status" });
  private readonly dock: Dock;
  private readonly takeAlong = new TakeAlong();
  private views: TurnView[] = [];
  private language: string;
  private wish: string;
  private words = en;
  private market: Market | null = null;
  private lost: Failure | null = null;
  private attempts = 0;
  private again: ReturnType<typeof setTimeout> | undefined;
  private loading: AbortController | null = null;

  constructor(options: CounterOptions) {
    this.options = options;
    this.language = this.wish = options.language;
    this.conversation = new Conversation(options.node, this);
    this.dock = new Dock({ ask: (text) => this.ask(text), stop: () => this.conversation.stop() }, options.maxChars);
    this.header = new Header({ speak: (language) => this.choose(language), startOver: () => this.startOver() }, options.whole);
    this.main = make(options.whole ? "main" : "div", { class: "roll" }, this.welcome.element, this.turns);
    fill(this.element, this.skip, this.header.element, this.main, this.line, this.dock.element, this.spoken, this.takeAlong.element);
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  start(): void {
    this.dock.offer([], this.language);
    void this.speak(this.language);
  }

  end(): void {
    this.conversation.stop();
    this.loading?.abort();
    clearTimeout(this.again);
  }

  /** Something here would be worth erasing. */
  get used(): boolean {
    return this.views.length > 0 || this.dock.field.value !== "" || this.takeAlong.element.open || this.language !== this.options.language;
  }

  focus(): void {
    this.dock.field.focus({ preventScroll: true });
  }

  scene(): Scene {
    return {
      words: this.words,
      format: new Format(this.language, this.words, this.market),
      market: this.market,
      kiosk: this.options.kiosk,
      ask: (question) => this.ask(question),
      retry: () => this.retry(),
      takeAlong: (card) => this.show(card),
    };
  }

  /** Changes the language of everything the counter itself says; stays with the old one where the words cannot be had. */
  async speak(language: string): Promise<void> {
    const wish = (this.wish = language);
    const words = await wordsOf(language).catch(() => null);
    if (this.wish !== wish) return;
    if (words) {
      this.language = language;
      this.words = words;
    }
    this.options.speaks(this.language);
    this.draw();
    this.views.forEach((view) => view.redraw(this.scene()));
    await this.load();
  }

  startOver(): void {
    this.conversation.erase();
    this.dock.field.focus();
  }

  /** For the next person: nothing said is left, and the counter speaks its first language again. */
  reset(): void {
    this.takeAlong.close();
    this.conversation.erase();
    if (this.language !== this.options.language) void this.speak(this.options.language);
  }

  added(turn: Turn): void {
    this.views.at(-1)?.fold();
    const view = new TurnView(turn, this.scene());
    this.views.push(view);
    this.turns.append(view.element);
    this.dock.clear();
    this.dock.offer([], this.language);
    this.draw();
    this.spoken.textContent = this.words.looking;
    view.element.scrollIntoView({ block: "start" });
  }

  grounded(turn: Turn): void {
    this.viewOf(turn)?.grounded();
    const count = turn.grounding?.cards.length ?? 0;
    const scene = this.scene();
    if (count && turn.state === "waiting") this.spoken.textContent = scene.format.count(count, scene.words.tickets);
    if (turn === this.conversation.last) this.dock.offer(turn.grounding?.chips ?? [], turn.grounding?.language ?? this.language);
    this.found();
  }

  wrote(turn: Turn): void {
    this.viewOf(turn)?.wrote();
  }

  ended(turn: Turn): void {
    const view = this.viewOf(turn);
    view?.ended();
    const scene = this.scene();
    const failed = turn.failure ? failureText(turn.failure, scene) : turn.state === "stopped" ? scene.words.stopped : "";
    this.spoken.lang = failed ? this.language : (turn.grounding?.language ?? this.language);
    this.spoken.textContent = [view?.spoken(), failed].filter(Boolean).join(" ");
    if (turn.failure?.kind === "offline" && !this.lost) this.missed(turn.failure);
    this.draw();
  }

  erased(): void {
    this.views = [];
    fill(this.turns);
    this.spoken.textContent = "";
    this.dock.clear();
    this.dock.offer([], this.language);
    this.draw();
    this.main.scrollTop = 0;
  }

  private ask(question: string): void {
    void this.conversation.ask(question, this.language);
    // On a phone the keyboard goes away so that the tickets are seen; elsewhere the next question can be typed.
    if (matchMedia("(pointer: coarse)").matches) this.dock.field.blur();
    else this.dock.field.focus({ preventScroll: true });
  }

  private retry(): void {
    this.views.pop()?.element.remove();
    void this.conversation.retry(this.language);
  }

  private show(card: Card): void {
    this.takeAlong.show(card, this.options.node.codeAddress(card.id, this.language), this.scene());
  }

  private choose(language: string): void {
    this.options.chosen(language);
    void this.speak(language);
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.conversation.busy) return;
    event.preventDefault();
    this.conversation.stop();
  }

  private viewOf(turn: Turn): TurnView | undefined {
    return this.views.find((view) => view.turn === turn);
  }

  private draw(): void {
    const scene = this.scene();
    this.element.lang = this.language;
    this.element.dir = scene.words.direction;
    this.skip.textContent = scene.words.skip;
    this.header.draw(scene, this.views.length > 0);
    this.welcome.element.hidden = this.views.length > 0;
    this.welcome.draw(scene);
    this.dock.draw(scene, this.conversation.busy);
    fill(this.line, this.lost && this.views.length === 0 && notice(failureText(this.lost, scene, false), this.lost.kind));
  }

  private async load(): Promise<void> {
    clearTimeout(this.again);
    this.loading?.abort();
    const loading = (this.loading = new AbortController());
    const language = this.language;
    try {
      const market = await this.options.node.market(language, loading.signal);
      if (language !== this.language) return;
      this.market = market;
      this.found();
      this.draw();
    } catch (error) {
      if (!loading.signal.aborted) this.missed(error instanceof Failure ? error : new Failure("error"));
    }
  }

  /** The node did not answer: say so calmly and look again by and by. */
  private missed(failure: Failure): void {
    this.lost = failure;
    const wait = RETRY_MS[Math.min(this.attempts++, RETRY_MS.length - 1)];
    clearTimeout(this.again);
    this.again = setTimeout(() => void this.load(), wait);
    this.draw();
  }

  private found(): void {
    this.attempts = 0;
    if (!this.lost) return;
    this.lost = null;
    this.draw();
  }
}
