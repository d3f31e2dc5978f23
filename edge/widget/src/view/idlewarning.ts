/** Asks whether anyone is still at a shared screen, and counts down to the erasing. */

import { button, fill, make } from "../dom.ts";
import type { Scene } from "./scene.ts";

export interface IdleActs {
  keep(): void;
  erase(): void;
}

export class IdleWarning {
  readonly element = make("dialog", { class: "sheet idle", role: "alertdialog", "aria-labelledby": "idle-title", "aria-describedby": "idle-count" });
  private readonly acts: IdleActs;
  private readonly count = make("p", { id: "idle-count", class: "figure" });

  constructor(acts: IdleActs) {
    this.acts = acts;
    this.element.addEventListener("click", () => acts.keep()); // a tap anywhere is someone there
    this.element.addEventListener("cancel", (event) => {
      event.preventDefault();
      acts.keep();
    });
  }

  show(left_s: number, scene: Scene): void {
    this.count.textContent = scene.format.count(left_s, scene.words.idle);
    if (this.element.open) return;
    const { words } = scene;
    const acts = make(
      "div",
      { class: "foot" },
      button({ class: "ask", autofocus: true }, () => this.acts.keep(), words.keep),
      button({ class: "quiet" }, (event) => this.erase(event), words.erase),
    );
    fill(this.element, make("div", { class: "leaf" }, make("h2", { id: "idle-title" }, words.idleTitle), this.count), acts);
    this.element.showModal();
  }

  private erase(event: MouseEvent): void {
    event.stopPropagation();
    this.acts.erase();
  }

  hide(): void {
    if (this.element.open) this.element.close();
    fill(this.element);
  }
}
