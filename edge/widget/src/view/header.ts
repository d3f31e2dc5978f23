/** The top of the counter: whose it is, the languages it speaks, and a clean start. */

import { button, fill, make } from "../dom.ts";
import { icon } from "../icon.ts";
import { builtIn, endonyms } from "../language.ts";
import type { Scene } from "./scene.ts";

/** Shown before the market is known. */
const MAIN = ["en", "ru", "es", "de"];
const MOST_BUTTONS = 4;

export interface HeaderActs {
  speak(language: string): void;
  startOver(): void;
}

export class Header {
  readonly element: HTMLElement;
  private readonly acts: HeaderActs;
  private readonly whole: boolean;

  /** `whole`: the counter is all of its page, and names it. */
  constructor(acts: HeaderActs, whole: boolean) {
    this.acts = acts;
    this.whole = whole;
    this.element = make(whole ? "header" : "div", { class: "header", part: "header" });
  }

  draw(scene: Scene, talking: boolean): void {
    const focused = this.focusedLanguage();
    this.element.classList.toggle("talking", talking);
    fill(
      this.element,
      make(this.whole ? "h1" : "p", { class: "sign" }, icon("ui-mark"), make("span", { class: "house" }, "Prilavok"), scene.market && make("span", { class: "market" }, scene.market.name)),
      talking && button({ class: "quiet over" }, () => this.acts.startOver(), icon("ui-again"), make("span", {}, scene.words.startOver)),
      this.languages(scene),
    );
    const held = focused ? this.element.querySelectorAll<HTMLElement>(`button[lang="${focused}"], select`) : [];
    Array.from(held).find((one) => one.checkVisibility())?.focus();
  }

  /** A button for each language of the market, the others in a list beside them; where there is little room, one list of
  all of them (the style shows either). */
  private languages(scene: Scene): HTMLElement {
    const wanted = scene.market?.languages ?? MAIN;
    const near = builtIn.filter((language) => wanted.includes(language)).slice(0, MOST_BUTTONS);
    const far = builtIn.filter((language) => !near.includes(language));
    const buttons = near.map((language) => this.tongue(language, scene));
    const { language, otherLanguages } = scene.words;
    const all = make("span", { class: "few" }, this.list(builtIn, language, scene));
    return make("div", { class: "tongues", role: "group", "aria-label": language }, ...buttons, this.list(far, otherLanguages, scene), all);
  }

  private tongue(language: string, scene: Scene): HTMLElement {
    const name = endonyms[language] ?? language;
    const full = make("span", { class: "unseen" }, ` ${name}`);
    const on = String(language === scene.format.language);
    const attributes = { class: "tongue", lang: language, "aria-pressed": on, title: name };
    return button(attributes, () => this.acts.speak(language), make("span", {}, language.toUpperCase()), full);
  }

  private list(languages: readonly string[], label: string, scene: Scene): HTMLElement | null {
    if (!languages.length) return null;
    const { language } = scene.format;
    const options = languages.map((one) => make("option", { value: one, lang: one, selected: one === language }, endonyms[one] ?? one));
    const none = !languages.includes(language) && make("option", { value: "", selected: true, disabled: true }, "…");
    const chosen = none ? "…" : language.toUpperCase();
    const list = make("select", { class: "more-tongues", "aria-label": label }, none, ...options);
    list.addEventListener("change", () => this.acts.speak(list.value));
    return make("span", { class: `tongue${none ? "" : " on"}` }, make("span", { "aria-hidden": "true" }, chosen), list);
  }

  private focusedLanguage(): string | null {
    const root = this.element.getRootNode() as ShadowRoot | Document;
    const active = root.activeElement;
    return active && this.element.contains(active) ? active.getAttribute("lang") ?? (active instanceof HTMLSelectElement ? "select" : null) : null;
  }
}
