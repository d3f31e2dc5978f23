/** The on-screen keyboard of a shared screen. It comes when a text field is touched, writes into that field, and goes when
the question is asked; with Tab and arrows it works without touch, too. */

import { button, fill, make } from "../dom.ts";
import { icon } from "../icon.ts";
import type { KioskWords } from "../words/kiosk.ts";
import { capital, hasCapitals, type Layer, rowsOf, stopsOf, turnsToLatin } from "./layout.ts";
import { arrows } from "./arrows.ts";
import { insert, remove, type Field } from "./write.ts";

const REPEAT_AFTER_MS = 450;
const REPEAT_MS = 70;
const FIELDS = "textarea, input:not([type=checkbox])";

export class Keyboard {
  readonly element = make("div", { class: "keyboard", role: "region", dir: "ltr", hidden: true });
  /** Opens and closes it, for those who do not touch. */
  readonly toggle = button({ class: "tool", "aria-expanded": "false" }, () => this.turn(), icon("ui-keyboard"));
  private readonly home: HTMLElement;
  private readonly question: Field;
  private language = "en";
  private words!: KioskWords;
  private field: Field;
  private layer: Layer = "letters";
  private shifted = false;
  /** A finger is down: nothing may move away below it. */
  private pointing = false;
  private repeating: ReturnType<typeof setTimeout> | undefined;

  /** `home` is the whole screen, where it stands unless a sheet is open; `question` the field it opens for by itself. */
  constructor(home: HTMLElement, question: Field) {
    this.home = home;
    this.field = this.question = question;
    home.append(this.element);
    home.addEventListener("pointerdown", () => (this.pointing = true), { capture: true });
    home.addEventListener("click", (event) => this.touched(event));
    home.addEventListener("focusin", (event) => this.moved(event.target));
    this.element.addEventListener("keydown", (event) => this.key(event));
    for (const kind of ["pointerdown", "mousedown"]) this.element.addEventListener(kind, (event) => event.preventDefault());
    for (const kind of ["pointerup", "pointercancel", "pointerleave"]) this.element.addEventListener(kind, () => clearTimeout(this.repeating));
  }

  speak(language: string, words: KioskWords): void {
    this.language = language;
    this.words = words;
    this.element.setAttribute("aria-label", words.keyboard);
    this.toggle.setAttribute("aria-label", words.keyboard);
    this.toggle.title = words.keyboard;
    this.layer = "letters";
    this.draw();
  }

  hide(): void {
    clearTimeout(this.repeating);
    this.element.hidden = true;
    this.shifted = false;
    this.toggle.setAttribute("aria-expanded", "false");
  }

  private turn(): void {
    if (!this.element.hidden) return this.hide();
    this.show(this.question);
    this.element.querySelector<HTMLElement>("button")?.focus();
  }

  private show(field: Field): void {
    this.field = field;
    const numbers = field instanceof HTMLInputElement && field.type === "tel";
    const address = field instanceof HTMLInputElement && field.type === "email";
    this.layer = numbers ? "digits" : address && turnsToLatin(this.language) ? "latin" : "letters";
    (field.closest("dialog") ?? this.home).append(this.element);
    this.element.hidden = false;
    this.toggle.setAttribute("aria-expanded", "true");
    this.draw();
    field.scrollIntoView({ block: "nearest" });
  }

  private touched(event: MouseEvent): void {
    this.pointing = false;
    const path = event.composedPath(); // a key may be gone by now
    if (!(event.target instanceof Element) || path.includes(this.element) || path.includes(this.toggle)) return;
    const field = event.target.closest<Field>(FIELDS);
    if (!field) this.hide();
    else if (event.detail > 0) this.show(field); // 0: no pointer, so somebody has keys
  }

  /** The focus went elsewhere: to another field it follows, from all of them it goes. */
  private moved(target: EventTarget | null): void {
    if (this.element.hidden || this.pointing || !(target instanceof Element) || this.element.contains(target) || target === this.toggle) return;
    const field = target.closest<Field>(FIELDS);
    if (!field) this.hide();
    else if (field !== this.field) this.show(field);
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.hide();
      this.field.focus();
    } else arrows(this.element, event);
  }

  private draw(): void {
    const { language, layer } = this;
    const rows = rowsOf(language, layer).map((row) => row.map((text) => this.letter(text)));
    const held = this.element.contains((this.element.getRootNode() as ShadowRoot).activeElement);
    rows.at(-1)?.push(this.back());
    if (this.spelling && hasCapitals(language, layer)) rows.at(-1)?.unshift(this.shift());
    this.element.dataset["layer"] = layer;
    fill(
      this.element,
      language === "zh" && make("p", { class: "key-note", dir: "auto" }, this.words.noCharacters),
      ...rows.map((row) => make("div", { class: "keys" }, ...row)),
      make("div", { class: "keys" }, ...this.last()),
    );
    this.element.querySelectorAll("button").forEach((one, at) => (one.tabIndex = at ? -1 : 0));
    if (held) this.element.querySelector<HTMLElement>("button")?.focus();
  }

  private letter(text: string): HTMLElement {
    const written = this.shifted ? capital(text, this.layer === "latin" ? "en" : this.language) : text;
    return this.press("key", "", () => this.write(written), written);
  }

  /** The lowest row: other layers, space, the language's stops, asking, hiding. */
  private last(): HTMLElement[] {
    const { words, layer, spelling } = this;
    const asks = this.field === this.question;
    const other = spelling ? this.turnTo("signs", "123", make("span", { class: "unseen" }, ` ${words.signs}`)) : this.turnTo("letters", words.letters);
    const script = turnsToLatin(this.language) && (layer === "latin" ? this.turnTo("letters", words.letters) : this.turnTo("latin", "ABC"));
    const space = this.press("key space", words.space, () => this.write(" "));
    const stops = layer === "digits" ? [] : stopsOf(this.language).map((text) => this.letter(text));
    const enter = button({ class: "key wide enter", "aria-label": asks && words.ask }, () => this.enter(), asks ? icon("ui-ask") : words.next);
    const hide = button({ class: "key", "aria-label": words.hide }, () => this.away(), icon("ui-down"));
    return [other, script, ...(layer === "digits" ? [] : [space]), ...stops, enter, hide].filter((one): one is HTMLButtonElement => Boolean(one));
  }

  private get spelling(): boolean {
    return this.layer === "letters" || this.layer === "latin";
  }

  private turnTo(layer: Layer, ...drawn: (Node | string)[]): HTMLElement {
    const turn = (): void => {
      this.layer = layer;
      this.draw();
    };
    return this.press("key wide", "", turn, ...drawn);
  }

  private shift(): HTMLElement {
    const key = this.press("key wide", this.words.shift, () => {
      this.shifted = !this.shifted;
      this.draw();
    }, icon("ui-shift"));
    key.setAttribute("aria-pressed", String(this.shifted));
    return key;
  }

  private back(): HTMLElement {
    const key = this.press("key wide", this.words.backspace, () => remove(this.field), icon("ui-backspace"));
    const again = (): void => {
      remove(this.field);
      this.repeating = setTimeout(again, REPEAT_MS);
    };
    key.addEventListener("pointerdown", () => (this.repeating = setTimeout(again, REPEAT_AFTER_MS)));
    return key;
  }

  /** A key acts when it goes down; a click without a pointer is somebody's Enter or a reader's. Keys after which the keyboard
  goes away are plain buttons: what comes up in its place must not be hit by the same touch. */
  private press(kind: string, label: string, act: () => void, ...drawn: (Node | string)[]): HTMLButtonElement {
    const key = button({ class: kind, "aria-label": label || null }, (event) => event.detail === 0 && act(), ...drawn);
    key.addEventListener("pointerdown", (event) => event.isPrimary && act());
    return key;
  }

  private write(text: string): void {
    insert(this.field, text);
    if (!this.shifted) return;
    this.shifted = false;
    this.draw();
  }

  private away(): void {
    this.hide();
    this.field.focus({ preventScroll: true });
  }

  /** Asks the question; in a form, goes on to its next field. */
  private enter(): void {
    if (this.field === this.question) {
      this.hide();
      this.field.form?.requestSubmit();
      return;
    }
    const fields = Array.from(this.field.form?.querySelectorAll<Field>(FIELDS) ?? []);
    const next = fields[fields.indexOf(this.field) + 1];
    if (next) next.focus();
    else this.away();
    if (next) this.show(next);
  }
}
