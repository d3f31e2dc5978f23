/** Tickets not yet written on. They hold the place and keep still. */

import { make } from "../dom.ts";

export function skeletons(count: number): HTMLElement[] {
  return Array.from({ length: count }, () => {
    const lines = [58, 40, 72].map((_, index) => make("span", { class: `bar bar-${index}` }));
    return make("li", {}, make("div", { class: "ticket blank" }, make("div", { class: "stub" }), make("div", { class: "body" }, ...lines)));
  });
}
