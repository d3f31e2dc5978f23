/** Tickets not yet written on. They hold the place and keep still. */

import { make } from "../dom.ts";

export function skeletons(count: number): HTMLElement[] {
  return Array.from({ length: count }, () => {
    const lines = [0, 1, 2].map((line) => make("span", { class: `bar bar-${line}` }));
    const ticket = make("div", { class: "ticket blank" }, make("div", { class: "stub" }), make("div", { class: "body" }, ...lines));
    return make("li", {}, make("div", { class: "cut" }, ticket));
  });
}
