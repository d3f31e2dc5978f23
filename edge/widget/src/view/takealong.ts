/** One ticket to carry away: a code for the visitor's own phone, and the same facts to read or write down. */

import { button, fill, make } from "../dom.ts";
import { say } from "../format.ts";
import { icon } from "../icon.ts";
import { coordinates, placeLine, webAddress } from "../place.ts";
import type { Card } from "../wire.ts";
import type { Scene } from "./scene.ts";

export class TakeAlong {
  readonly element = make("dialog", { class: "sheet along", "aria-labelledby": "take-title" });

  constructor() {
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.close(); // beside the sheet
    });
  }

  show(card: Card, codeAddress: string, scene: Scene): void {
    const { words } = scene;
    fill(
      this.element,
      make(
        "div",
        { class: "leaf", tabindex: 0 },
        make("h2", { id: "take-title", dir: "auto" }, card.name),
        this.code(card, codeAddress, scene),
        details(card, scene),
      ),
      make(
        "div",
        { class: "foot" },
        !scene.kiosk && button({ class: "quiet print", "aria-label": say(words.printOf, { name: card.name }) }, () => scene.print(card), icon("ui-print"), make("span", {}, words.print)),
        button({ class: "quiet shut", autofocus: true }, () => this.close(), icon("ui-close"), make("span", {}, words.close)),
      ),
    );
    this.element.showModal();
  }

  close(): void {
    if (this.element.open) this.element.close();
    fill(this.element);
  }

  private code(card: Card, address: string, scene: Scene): HTMLElement {
    const hint = make("figcaption", {}, scene.words.takeHint);
    const image = make("img", { src: address, alt: say(scene.words.takeOf, { name: card.name }), width: 240, height: 240 });
    const figure = make("figure", { class: "code" }, image, hint);
    image.addEventListener("error", () => {
      void import("../qr.ts").then(
        ({ drawCode }) => image.replaceWith(drawCode(card, image.alt)),
        () => {
          image.remove();
          hint.textContent = scene.words.codeMissing;
        },
      );
    });
    return figure;
  }
}

function details(card: Card, scene: Scene): HTMLElement {
  const { words, format, kiosk } = scene;
  const site = webAddress(card.url);
  const rows: [string, Node | string | null][] = [
    [words.phone, card.phone ? make("bdi", { class: "figure" }, card.phone) : null],
    [words.address, placeLine(card) || null],
    [words.hours, card.hours ? format.hours(card.hours) : null],
    [words.coordinates, coordinates(card)],
    [words.website, site && (kiosk ? card.url ?? null : make("a", { href: site, target: "_blank", rel: "noopener noreferrer" }, card.url ?? ""))],
  ];
  const known = rows.filter((row): row is [string, Node | string] => Boolean(row[1]));
  return make("dl", {}, ...known.flatMap(([term, value]) => [make("dt", {}, term), make("dd", { dir: "auto" }, value)]));
}
