/** The sentence beside the tickets. Its citations, "[2]", become buttons that light and reach their ticket. */

import { button, make } from "../dom.ts";
import { say } from "../format.ts";
import type { Card } from "../wire.ts";
import type { Scene } from "./scene.ts";

export type Part = { text: string } | { cite: number };

/** Cuts text at citations of known numbers; a citation still being written is left for later unless `whole`. What looks like one
in a name of `names` is part of that name. */
export function cutCitations(text: string, known: ReadonlySet<number>, whole: boolean, names: readonly string[] = []): Part[] {
  const plain = straight(text);
  const ready = whole ? plain : plain.replace(/\[\d{0,3}$/, "");
  const named = names.filter((name) => /\[\d/.test(name)).flatMap((name) => standing(ready, straight(name)));
  const parts: Part[] = [];
  let at = 0;
  for (const match of ready.matchAll(/\[(\d{1,3})\]/g)) {
    const cite = Number(match[1]);
    if (!known.has(cite) || named.some(([from, to]) => from <= match.index && match.index < to)) continue;
    if (match.index > at) parts.push({ text: ready.slice(at, match.index) });
    parts.push({ cite });
    at = match.index + match[0].length;
  }
  if (at < ready.length) parts.push({ text: ready.slice(at) });
  return parts;
}

/** Without characters that turn the direction of what follows: one in a place's name would turn its neighbours' prices round. */
const straight = (text: string): string => text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "");

/** From where to where a name stands, each time. */
function standing(text: string, name: string): [number, number][] {
  const found: [number, number][] = [];
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) found.push([at, at + name.length]);
  return found;
}

export interface Lighting {
  hover(cite: number | null): void;
  choose(cite: number): void;
  nameOf(cite: number): string;
}

export class Sentence {
  readonly element: HTMLElement = make("div", { class: "sentence", part: "sentence", dir: "auto" });
  private drawn: Part[] = [];
  private readonly lighting: Lighting;

  constructor(lighting: Lighting) {
    this.lighting = lighting;
  }

  /** Draws what is new; what already stands is not touched, so that focus and selection survive the stream. */
  write(text: string, cards: readonly Card[], whole: boolean, scene: Scene): void {
    const known = new Set(cards.map((card) => card.number));
    const parts = cutCitations(text, known, whole, cards.map((card) => card.name));
    parts.forEach((part, index) => {
      const before = this.drawn[index];
      if (before && same(before, part)) return;
      const node = "text" in part ? document.createTextNode(part.text) : this.citation(part.cite, scene);
      const old = this.element.childNodes[index];
      if (old instanceof Text && "text" in part) old.data = part.text;
      else if (old) old.replaceWith(node);
      else this.element.append(node);
    });
    while (this.element.childNodes.length > parts.length) this.element.lastChild?.remove();
    this.drawn = parts;
  }

  light(cite: number | null): void {
    for (const one of this.element.querySelectorAll<HTMLElement>(".cite")) {
      one.classList.toggle("lit", Number(one.dataset["cite"]) === cite);
    }
  }

  private citation(cite: number, scene: Scene): HTMLElement {
    const label = say(scene.words.ticket, { n: cite, name: this.lighting.nameOf(cite) });
    const attributes = { class: "cite", part: "citation", "data-cite": cite, "aria-label": label };
    const element = button(attributes, () => this.lighting.choose(cite), String(cite));
    for (const event of ["pointerenter", "focus"]) element.addEventListener(event, () => this.lighting.hover(cite));
    for (const event of ["pointerleave", "blur"]) element.addEventListener(event, () => this.lighting.hover(null));
    return element;
  }
}

function same(a: Part, b: Part): boolean {
  return "text" in a ? "text" in b && a.text === b.text : "cite" in b && a.cite === b.cite;
}
