/** The top of the counter: whose it is, the languages it speaks, and a clean start. */

import { button, fill, make } from "../dom.ts";
import { icon } from "../icon.ts";
import { builtIn, endonyms } from "../language.ts";
import type { Scene } from "./scene.ts";

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
    fill(
      this.element,
      make(this.whole ? "h1" : "p", { class: "sign" }, icon("ui-mark"), make("span", { class: "house" }, "Prilavok"), scene.market && make("span", { class: "market" }, scene.market.name)),
      talking && button({ class: "quiet over" }, () => this.acts.startOver(), icon("ui-again"), make("span", {}, scene.words.startOver)),
      this.languages(scene),
    );
    if (focused) this.element.querySelector<HTMLElement>(`[lang="${focused}"]`)?.focus();
  }

  private languages(scene: Scene): HTMLElement {
    const offered = builtIn.filter((language) => !scene.market || scene.market.languages.includes(language));
    const all = offered.length > 1 ? offered : builtIn;
    const buttons = all.map((language) => {
      const on = language === scene.format.language;
      const name = endonyms[language] ?? language;
      const full = make("span", { class: "unseen" }, ` ${name}`);
      const attributes = { class: "tongue", lang: language, "aria-pressed": String(on), title: name };
      return button(attributes, () => this.acts.speak(language), make("span", {}, language.toUpperCase()), full);
    });
    return make("div", { class: "tongues", role: "group", "aria-label": scene.words.language }, ...buttons);
  }

  private focusedLanguage(): string | null {
    const root = this.element.getRootNode() as ShadowRoot | Document;
    const active = root.activeElement;
    return active && this.element.contains(active) ? active.getAttribute("lang") : null;
  }
}
