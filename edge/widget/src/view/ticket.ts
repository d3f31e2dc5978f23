/** One record as a ticket: a numbered stub, the name, what matters for choosing, and the ways to go there. */

import { button, make, type Child } from "../dom.ts";
import { say } from "../format.ts";
import { icon } from "../icon.ts";
import { mapAddress, phoneAddress, placeLine } from "../place.ts";
import type { Card, Opening } from "../wire.ts";
import type { Scene } from "./scene.ts";

export class Ticket {
  readonly number: number;
  readonly item: HTMLLIElement;
  readonly face: HTMLElement;

  constructor(card: Card, scene: Scene) {
    this.number = card.number;
    this.face = make(
      "article",
      { class: "ticket", part: "ticket", "aria-label": say(scene.words.ticket, { n: card.number, name: card.name }) },
      make("div", { class: "stub", "aria-hidden": "true" }, make("span", { class: "number" }, String(card.number)), icon(card.icon)),
      make("div", { class: "body" }, head(card, scene), meta(card, scene), make("div", { class: "state" }, opening(card.opening, scene), why(card)), actions(card, scene)),
    );
    this.item = make("li", {}, make("div", { class: "cut" }, this.face));
  }

  light(on: boolean): void {
    this.face.classList.toggle("lit", on);
  }
}

function head(card: Card, scene: Scene): HTMLElement {
  return make("div", { class: "head" }, make("h3", { class: "name", dir: "auto" }, card.name), price(card, scene));
}

function price(card: Card, scene: Scene): HTMLElement | null {
  const { format, words } = scene;
  if (card.price_from != null) {
    return make("p", { class: "price" }, say(words.from, { price: format.price(card.price_from, card.currency) }));
  }
  if (card.price_band == null) return null;
  const level = make("span", { class: "unseen" }, say(words.priceLevel, { n: card.price_band }));
  return make("p", { class: "price" }, make("span", { "aria-hidden": "true" }, format.priceBand(card.price_band)), level);
}

function meta(card: Card, scene: Scene): HTMLElement {
  const { format } = scene;
  const parts: (HTMLElement | string | false | null)[] = [
    card.category,
    card.rating != null && rating(card.rating, scene),
    card.distance_m != null && make("span", { class: "figure" }, format.distance(card.distance_m)),
    placeLine(card),
  ];
  // Each by itself: a number beside a word of another script would else be drawn on its wrong side.
  const known = parts.filter((part): part is HTMLElement | string => Boolean(part)).map((part) => make("bdi", {}, part));
  return make("p", { class: "meta" }, ...known.flatMap((part, index): Child[] => (index ? [" · ", part] : [part])));
}

function rating(value: number, scene: Scene): HTMLElement {
  const shown = scene.format.rating(value);
  const spoken = make("span", { class: "unseen" }, say(scene.words.rating, { n: shown }));
  return make("span", { class: "figure" }, make("span", { "aria-hidden": "true" }, `★ ${shown}`), spoken);
}

function opening(state: Opening | null | undefined, scene: Scene): HTMLElement {
  if (!state || state.state === "unknown") {
    return make("p", { class: "opening unknown" }, icon("ui-clock"), make("span", {}, scene.words.hoursUnknown));
  }
  const drawing = icon(state.state === "open" ? "ui-open" : "ui-closed");
  return make("p", { class: `opening ${state.state}` }, drawing, make("span", {}, scene.format.opening(state, new Date())));
}

function why(card: Card): HTMLElement | null {
  return card.why ? make("p", { class: "why", dir: "auto" }, card.why) : null;
}

function actions(card: Card, scene: Scene): HTMLElement {
  return make("div", { class: "actions" }, call(card, scene), map(card, scene), take(card, scene), request(card, scene));
}

function call(card: Card, scene: Scene): HTMLElement | null {
  if (!card.phone) return null;
  const number = make("bdi", {}, card.phone);
  const address = phoneAddress(card.phone);
  // A shared screen cannot call; there the number is to be read.
  if (scene.kiosk || !address) return make("span", { class: "act still" }, icon("ui-phone"), number);
  const label = say(scene.words.call, { name: card.name, phone: card.phone });
  return make("a", { class: "act call", href: address, "aria-label": label }, icon("ui-phone"), number);
}

function map(card: Card, scene: Scene): HTMLElement | null {
  if (scene.kiosk) return null; // its code in "take along" opens the map on the visitor's own phone
  const address = mapAddress(card, navigator.onLine);
  if (!address) return null;
  const label = say(scene.words.mapOf, { name: card.name });
  const link = { class: "act map", href: address, target: "_blank", rel: "noopener noreferrer", "aria-label": label };
  return make("a", link, icon("ui-map"), make("span", {}, scene.words.map));
}

function request(card: Card, scene: Scene): HTMLElement {
  const label = say(scene.words.requestOf, { name: card.name });
  return button({ class: "act back", "aria-label": label }, () => scene.request(card), icon("ui-back"), make("span", {}, scene.words.request));
}

function take(card: Card, scene: Scene): HTMLElement {
  const label = say(scene.words.takeOf, { name: card.name });
  return button({ class: "act take", "aria-label": label }, () => scene.takeAlong(card), icon("ui-code"), make("span", {}, scene.words.take));
}
