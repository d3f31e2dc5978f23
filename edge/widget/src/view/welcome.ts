/** The counter before anyone has asked: what it is for, its drawers by category, and a few ways to ask. */

import { button, fill, make, walkable } from "../dom.ts";
import { say } from "../format.ts";
import { icon } from "../icon.ts";
import type { Category } from "../wire.ts";
import type { Scene } from "./scene.ts";

/** Full rows at two, four and six to a row; the style shows as many of them as the screen has room for. */
const DRAWERS = [24, 18, 12];
const EXAMPLES = 4;

export class Welcome {
  readonly element = make("div", { class: "welcome", part: "welcome" });

  draw(scene: Scene): void {
    const { words, market } = scene;
    fill(
      this.element,
      make("h2", { class: "display" }, words.welcome),
      make("p", { class: "provenance" }, provenance(scene)),
      market?.examples.length ? this.examples(scene) : null,
      drawers(scene),
    );
  }

  private examples(scene: Scene): HTMLElement {
    const slips = (scene.market?.examples ?? [])
      .slice(0, EXAMPLES)
      .map((text) => button({ class: "slip", dir: "auto" }, () => scene.ask(text), make("span", {}, text), icon("ui-ask")));
    walkable(slips, { next: ["ArrowDown", "ArrowRight"], previous: ["ArrowUp", "ArrowLeft"] });
    return section(scene.words.examples, "slips", slips);
  }
}

/** The categories of the market as drawers; null where it has none. */
export function drawers(scene: Scene): HTMLElement | null {
  const all = scene.market?.categories ?? [];
  if (!all.length) return null;
  const count = DRAWERS.find((full) => full <= all.length) ?? all.length;
  const fronts = all.slice(0, count).map((category) => drawer(category, scene));
  walkable(fronts, { next: ["ArrowDown", "ArrowRight"], previous: ["ArrowUp", "ArrowLeft"] });
  return section(scene.words.trades, "drawers", fronts);
}

function section(title: string, kind: string, items: HTMLElement[]): HTMLElement {
  const rows = items.map((item) => make("li", {}, item));
  return make("section", { class: "shelf" }, make("h3", {}, title), make("ul", { class: kind, role: "list" }, ...rows));
}

function drawer(category: Category, scene: Scene): HTMLElement {
  const count = make("span", { class: "count", "aria-hidden": "true" }, scene.format.number(category.count));
  const spoken = make("span", { class: "unseen" }, ` (${scene.format.count(category.count, scene.words.places)})`);
  const plate = make("span", { class: "plate" }, icon(category.icon), make("span", { class: "label" }, category.label));
  return button({ class: "drawer" }, () => scene.ask(category.label), plate, count, spoken);
}

function provenance(scene: Scene): string {
  const { words, format, market } = scene;
  if (!market) return words.here;
  const source = market.catalog_date ? say(words.dataFrom, { date: format.date(market.catalog_date) }) : words.here;
  return [market.name, format.count(market.providers, words.places), source].filter(Boolean).join(" · ");
}
