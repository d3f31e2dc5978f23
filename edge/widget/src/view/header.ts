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
  readonly element = make("header", { class: "header", part: "header" });
  private readonly acts: HeaderActs;

  constructor(acts: HeaderActs) {
    this.acts = acts;
  }

  draw(scene: Scene, talking: boolean): void {
    const focused = this.focusedLanguage();
    fill(
      this.element,
      make("p", { class: "sign" }, icon("ui-mark"), make("span", { class: "house" }, "Prilavok"), scene.market && make("span", { class: "market" }, scene.market.name)),
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
      const label = endonyms[language] ?? language;
      const short = make("span", { "aria-hidden": "true" }, language.toUpperCase());
      return button({ class: "tongue", lang: language, "aria-pressed": String(on), "aria-label": label, title: label }, () => this.acts.speak(language), short);
    });
    return make("div", { class: "tongues", role: "group", "aria-label": scene.words.language }, ...buttons);
  }

  private focusedLanguage(): string | null {
    const root = this.element.getRootNode() as ShadowRoot | Document;
    const active = root.activeElement;
    return active && this.element.contains(active) ? active.getAttribute("lang") : null;
  }
}
