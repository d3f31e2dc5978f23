/** The counter's edge, always in reach: what to ask next, the question field, ask and stop. */

import { button, fill, make, walkable } from "../dom.ts";
import { icon } from "../icon.ts";
import type { Chip } from "../wire.ts";
import { canListen, Listening } from "../voice.ts";
import type { Scene } from "./scene.ts";

/** The field takes so many times the longest question, so that what is too much can still be cut there. */
const MOST_OVER = 20;
/** Held shorter than this, the microphone's button was only tapped. */
const TAP_MS = 300;

export interface DockActs {
  ask(question: string): void;
  stop(): void;
}

export class Dock {
  readonly element = make("div", { class: "dock", part: "dock", role: "search" });
  readonly field = make("textarea", { id: "question", rows: 1, enterkeyhint: "send", autocomplete: "off", "aria-describedby": "limit", dir: "auto" });
  private readonly chips = make("ul", { class: "chips", role: "list" });
  private readonly label = make("label", { for: "question", class: "unseen" });
  private readonly limit = make("p", { id: "limit", class: "limit", role: "status" });
  private readonly slot = make("div", { class: "slot" });
  private readonly ear = new Listening();
  private readonly mic = make("span", { class: "mic" });
  /** Room beside the field for what a shared screen needs. */
  readonly tools = make("span", { class: "mic" });
  private readonly acts: DockActs;
  private readonly maxChars: number;
  private scene: Scene | null = null;
  private busy = false;
  private drawn = false;

  constructor(acts: DockActs, maxChars: number) {
    this.acts = acts;
    this.maxChars = maxChars;
    this.field.maxLength = maxChars * MOST_OVER; // a megabyte pasted by mistake would hold the page up
    const form = make("form", { class: "composer", novalidate: true }, this.label, this.field, this.tools, this.mic, this.slot);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("input", () => this.measure());
    this.field.addEventListener("keydown", (event) => this.key(event));
    fill(this.element, this.chips, this.limit, form);
  }

  draw(scene: Scene, busy: boolean): void {
    this.scene = scene;
    this.busy = busy;
    this.label.textContent = scene.words.label;
    this.element.setAttribute("aria-label", scene.words.label);
    this.field.placeholder = scene.words.placeholder;
    this.drawButton();
    this.drawMic();
    this.showChips();
    this.measure();
  }

  offer(chips: Chip[], language: string): void {
    const buttons = chips.map((chip) => button({ class: "chip", part: "chip", dir: "auto" }, () => this.acts.ask(chip.text), chip.text));
    walkable(buttons, { next: ["ArrowRight", "ArrowDown"], previous: ["ArrowLeft", "ArrowUp"] });
    this.chips.lang = language;
    this.drawn = chips.length > 0;
    this.showChips();
    if (this.scene) this.chips.setAttribute("aria-label", this.scene.words.followUps);
    this.chips.scrollLeft = 0;
    fill(this.chips, ...buttons.map((one) => make("li", {}, one)));
  }

  /** Puts a question back into the field, to be changed. */
  take(question: string): void {
    this.field.value = question;
    this.measure();
    this.field.focus();
    this.field.select();
  }

  clear(): void {
    this.field.value = "";
    this.measure();
  }

  private showChips(): void {
    this.chips.hidden = !this.drawn && !this.busy;
    this.chips.classList.toggle("coming", !this.drawn && this.busy);
  }

  private drawButton(): void {
    if (!this.scene) return;
    const { words } = this.scene;
    const held = this.slot.contains((this.element.getRootNode() as ShadowRoot).activeElement);
    const next = this.busy
      ? button({ class: "stop" }, () => this.acts.stop(), icon("ui-stop"), make("span", {}, words.stop))
      : make("button", { class: "ask", type: "submit" }, make("span", {}, words.ask), icon("ui-ask"));
    fill(this.slot, next);
    if (held) this.field.focus({ preventScroll: true });
  }

  private drawMic(): void {
    if (!this.scene || !canListen()) return;
    if (this.mic.firstElementChild) {
      this.mic.firstElementChild.setAttribute("aria-label", this.scene.words.speak);
      return;
    }
    const { words } = this.scene;
    const talk = button({ class: "tool", "aria-label": words.speak, title: words.speak, "aria-pressed": "false" }, () => undefined, icon("ui-mic"));
    let since = 0;
    talk.addEventListener("pointerdown", (event) => {
      talk.setPointerCapture(event.pointerId);
      since = event.timeStamp;
      this.hear(talk);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      talk.addEventListener(end, (event) => event.timeStamp - since > TAP_MS && this.ear.stop());
    }
    talk.addEventListener("keydown", (event) => {
      if (event.repeat || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      this.hear(talk);
    });
    talk.addEventListener("keyup", () => this.ear.stop());
    fill(this.mic, talk);
  }

  /** Writes what is heard into the field and asks it when the button is let go; a tap listens until a pause. */
  private hear(talk: HTMLElement): void {
    const scene = this.scene;
    if (!scene) return;
    if (talk.getAttribute("aria-pressed") === "true") return this.ear.stop();
    talk.setAttribute("aria-pressed", "true");
    const { words, format } = scene;
    this.limit.textContent = words.listening;
    void this.ear.local(format.language).then((local) => {
      if (!local) this.limit.textContent = `${words.listening}. ${words.voiceShared}`;
      this.ear.start(format.language, local, {
        heard: (text) => {
          this.field.value = text;
          this.field.style.height = `${this.field.scrollHeight}px`;
        },
        done: (text) => {
          talk.setAttribute("aria-pressed", "false");
          this.limit.textContent = text ? "" : words.notHeard;
          if (text) this.submit();
        },
      });
    });
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit();
  }

  private submit(): void {
    const question = this.field.value.trim();
    if (!question || this.over() > 0) {
      this.field.focus();
      return;
    }
    this.acts.ask(question);
  }

  /** Characters over the limit, counted as a reader would. */
  private over(): number {
    return [...this.field.value.trim()].length - this.maxChars;
  }

  private measure(): void {
    this.field.style.height = "auto";
    if (this.field.value) this.field.style.height = `${this.field.scrollHeight}px`;
    const over = this.over();
    this.field.setAttribute("aria-invalid", String(over > 0));
    this.limit.textContent = over > 0 && this.scene ? this.scene.format.count(over, this.scene.words.tooLong) : "";
  }
}
