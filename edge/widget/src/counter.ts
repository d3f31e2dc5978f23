/** The counter as one picture: puts the views together and keeps them in step with the conversation. */

import { Conversation, type Turn } from "./conversation.ts";
import { button, fill, make } from "./dom.ts";
import type { Alone } from "./alone/client.ts";
import { EitherAnswers } from "./answering.ts";
import { Format, say } from "./format.ts";
import { wordsOf } from "./language.ts";
import type { NodeClient } from "./node.ts";
import { Dock } from "./view/dock.ts";
import { Header } from "./view/header.ts";
import { failureText, notice, standing } from "./view/notice.ts";
import { Desk } from "./desk.ts";
import { kept, keep } from "./keep.ts";
import { Lookout } from "./lookout.ts";
import type { Own } from "./privacy.ts";
import { codeOf } from "./sessioncode.ts";
import type { Scene } from "./view/scene.ts";
import { TakeAlong } from "./view/takealong.ts";
import { queueText, TurnView } from "./view/turn.ts";
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
  readonly dock: Dock;
  private readonly takeAlong = new TakeAlong();
  private readonly codeLine = button({ class: "code-line", hidden: true }, () => void this.desk.showData(this.scene()));
  /** The code of a session, as the node or else this page says it. */
  private coded: { session: string; code: Promise<string | null> } | null = null;
  /** Room at the foot of the page for what is offered beside answers. */
  readonly extra = make("div", { class: "extra" });
  private readonly desk: Desk;
  private editing: Turn | null = null;
  private views: TurnView[] = [];
  private language: string;
  private wish: string;
  private words = en;
  private market: Market | null = null;
  private waiting = 0;
  private refused = 0;
  private readonly lookout: Lookout;
  private readonly answering: EitherAnswers;

  constructor(options: CounterOptions) {
    this.options = options;
    this.language = this.wish = options.language;
    this.lookout = new Lookout(options.node, this);
    this.answering = new EitherAnswers(options.node, (failure) => this.lookout.missed(failure, this.language));
    this.conversation = new Conversation(this.answering, this);
    this.dock = new Dock({ ask: (text) => this.ask(text), stop: () => this.conversation.stop() }, options.maxChars);
    this.header = new Header({ speak: (language) => this.choose(language), startOver: () => this.startOver() }, options.whole);
    this.main = make(options.whole ? "main" : "div", { class: "roll" }, this.welcome.element, this.turns, this.codeLine, this.extra);
    this.desk = new Desk(options.node, this);
    fill(this.element, this.skip, this.header.element, this.main, this.line, this.dock.element, this.spoken, this.takeAlong.element, this.desk.element, this.desk.data);
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  start(): void {
    this.dock.offer([], this.language);
    if (!this.options.kiosk) this.resume();
    void this.speak(this.language);
  }

  end(): void {
    this.conversation.stop();
    this.lookout.end();
    this.desk.end();
    this.answering.alone?.end();
  }

  /** Something here would be worth erasing. */
  get used(): boolean {
    return this.views.length > 0 || this.dock.field.value !== "" || this.takeAlong.element.open || this.desk.open || this.language !== this.options.language;
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
      print: (card) => void this.print(card),
      request: (card) => void this.desk.show(card, this.conversation.last?.question ?? "", this.scene()),
      edit: (turn) => this.change(turn),
      rate: (turn, score, reason) => this.rate(turn, score, reason),
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
    await this.lookout.look(this.language);
  }

  startOver(): void {
    this.leave();
    this.dock.field.focus();
  }

  /** For the next person: nothing said is left, and the counter speaks its first language again. */
  reset(): void {
    this.takeAlong.close();
    this.desk.close();
    this.leave();
    if (this.language !== this.options.language) void this.speak(this.options.language);
  }

  added(turn: Turn): void {
    while (this.views.length && !this.conversation.turns.includes(this.views.at(-1)!.turn)) this.views.pop()?.element.remove();
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
    if (this.lookout.lost && !turn.grounding?.alone) this.lookout.found();
  }

  wrote(turn: Turn): void {
    this.viewOf(turn)?.wrote();
  }

  queued(turn: Turn): void {
    const scene = this.scene();
    this.viewOf(turn)?.queued();
    this.spoken.textContent = queueText(turn, scene);
  }

  ended(turn: Turn): void {
    const view = this.viewOf(turn);
    view?.ended();
    const scene = this.scene();
    const failed = turn.failure ? failureText(turn.failure, scene) : turn.state === "stopped" ? scene.words.stopped : "";
    this.spoken.lang = failed ? this.language : (turn.grounding?.language ?? this.language);
    this.spoken.textContent = [view?.spoken(), failed].filter(Boolean).join(" ");
    if (!this.options.kiosk) keep(this.conversation.save());
    if (turn.failure?.kind === "offline" && !this.lookout.lost) this.lookout.missed(turn.failure, this.language);
    this.draw();
  }

  erased(): void {
    this.views = [];
    this.editing = null;
    this.answering.alone?.forget();
    if (!this.options.kiosk) keep(this.conversation.save());
    fill(this.turns);
    this.spoken.textContent = "";
    this.dock.clear();
    this.dock.offer([], this.language);
    this.draw();
    this.main.scrollTop = 0;
  }

  private ask(question: string): void {
    const editing = this.editing;
    this.editing = null;
    if (editing && this.conversation.turns.includes(editing)) void this.conversation.edit(editing, question, this.language);
    else void this.conversation.ask(question, this.language);
    // On a phone the keyboard goes away so that the tickets are seen; elsewhere the next question can be typed.
    if (matchMedia("(pointer: coarse)").matches) this.dock.field.blur();
    else this.dock.field.focus({ preventScroll: true });
  }

  private retry(): void {
    this.views.pop()?.element.remove();
    void this.conversation.retry(this.language);
  }

  /** The conversation is over; the node may forget it, too. */
  private leave(): void {
    const { session } = this.conversation;
    if (this.views.length) void this.options.node.post("/api/session/forget", JSON.stringify({ session })).catch(() => undefined);
    this.conversation.erase();
  }

  private show(card: Card): void {
    this.takeAlong.show(card, this.options.node.codeAddress(card.id, this.language), this.scene());
  }

  private async print(card: Card): Promise<void> {
    const { printCard } = await import("./view/print.ts");
    await printCard(card, this.options.node.codeAddress(card.id, this.language), this.scene(), this.element.getRootNode() as ShadowRoot);
  }

  private change(turn: Turn): void {
    this.conversation.stop();
    this.editing = turn;
    this.dock.take(turn.question);
  }

  private rate(turn: Turn, score: 1 | -1, reason: string): void {
    turn.rated = score;
    if (!this.options.kiosk) keep(this.conversation.save());
    if (turn.id) void this.desk.rate({ answer_id: turn.id, score, reason });
  }

  /** Takes up what was said earlier in this tab. */
  private resume(): void {
    const saved = kept();
    if (!saved?.turns.length) return;
    this.conversation.resume(saved);
    for (const turn of this.conversation.turns) {
      this.views.at(-1)?.fold();
      const view = new TurnView(turn, this.scene());
      this.views.push(view);
      this.turns.append(view.element);
      view.redraw(this.scene());
    }
    const last = this.conversation.last?.grounding;
    this.dock.offer(last?.chips ?? [], last?.language ?? this.language);
  }

  own(): Own {
    return this.conversation;
  }

  forget(): void {
    this.conversation.erase();
  }

  sent(id: string): void {
    this.conversation.requests.push(id);
    if (!this.options.kiosk) keep(this.conversation.save());
  }

  /** The name of this conversation, for having it handed out or erased. */
  code(): Promise<string | null> {
    const { session } = this.conversation;
    if (this.coded?.session !== session) this.coded = { session, code: codeOf(session, this.options.node) };
    return this.coded.code;
  }

  /** Requests of this browser that wait for the node, or that it would not take any more. */
  waits(waiting: number, refused: number): void {
    if (this.waiting === waiting && !refused) return;
    const more = waiting > this.waiting;
    this.waiting = waiting;
    this.refused += refused;
    this.draw();
    // Nobody else may have noticed yet that the node is away.
    if (more && !this.lookout.lost) void this.lookout.look(this.language);
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
    this.extra.hidden = this.views.length > 0;
    this.dock.draw(scene, this.conversation.busy);
    fill(this.line, ...this.lines(scene));
    void this.drawCode(scene);
  }

  /** Calm lines above the dock: the node is away, requests wait, a request was refused. */
  private lines(scene: Scene): (HTMLElement | false)[] {
    const { lost } = this.lookout;
    return [
      lost !== null && (this.views.length === 0 || this.standing) && notice(this.standing ? standing(scene) : failureText(lost, scene, false), lost.kind),
      this.waiting > 0 && notice(scene.format.count(this.waiting, scene.words.waitingRequests), "offline"),
      this.refused > 0 && notice(scene.words.notSent, "refused"),
    ];
  }

  /** This device answers in the node's place. */
  private get standing(): boolean {
    return this.lookout.lost?.kind === "offline" && Boolean(this.answering.alone?.state.ready);
  }

  private async drawCode(scene: Scene): Promise<void> {
    const { session } = this.conversation;
    const code = this.answered ? await this.code() : null;
    if (session !== this.conversation.session) return;
    this.codeLine.hidden = !code;
    fill(this.codeLine, code && say(scene.words.sessionCode, { code }), make("span", {}, scene.words.yourData));
  }

  /** Something was answered, so that there is something to hold. */
  private get answered(): boolean {
    return this.conversation.turns.some((turn) => turn.state === "done");
  }

  /** The market as described in a language, by the node or by this device; null where neither can. */
  async marketIn(language: string): Promise<Market | null> {
    const alone = this.answering.alone?.market(language) ?? Promise.resolve(null);
    return this.lookout.lost ? alone : this.options.node.market(language).catch(() => alone);
  }

  /** The node is there, maybe with news of its market. */
  there(market: Market | null): void {
    if (market) this.market = market;
    void this.desk.flush();
    this.draw();
  }

  away(): void {
    this.draw();
    void this.desk.look();
    void this.alone();
  }

  /** Whether this device can answer is known when that settles. */
  coming(prepared: Promise<void>): void {
    this.answering.coming = prepared;
  }

  /** From now on this device can answer, too, when it has a catalogue. */
  standIn(alone: Alone): void {
    this.answering.alone = alone;
  }

  /** What this device has changed: it may know the market while the node is away. */
  async alone(): Promise<void> {
    const { alone } = this.answering;
    // For whoever looks from outside: which catalogue this device could answer from, and what following it took.
    this.element.dataset["alone"] = String(alone?.state.version ?? "");
    this.element.dataset["phrased"] = String(alone?.phrased.said ?? "");
    if (alone?.state.change) this.element.dataset["fetched"] = String(alone.state.change.fetched_bytes);
    if (!this.lookout.lost || !alone?.state.ready) return;
    const market = await alone.market(this.language).catch(() => null);
    if (!market || !this.lookout.lost) return;
    this.market = market;
    this.draw();
  }
}
