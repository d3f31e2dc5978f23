/** What a shared screen shows while nobody is there: what one can ask, in the market's languages in turn, and how many places
it knows. Nothing moves but the change from one to the next; whoever wants no motion never sees it. */

import { make, fill } from "../dom.ts";
import { Format } from "../format.ts";
import { icon } from "../icon.ts";
import { builtIn, wordsOf } from "../language.ts";
import type { Category, Market } from "../wire.ts";
import { kioskWords } from "../words/kiosk.ts";

const EACH_MS = 7_000;
const DRAWERS = 6;

export interface AttractActs {
  /** The market in a language; null where it cannot be had. */
  market(language: string): Promise<Market | null>;
  /** Somebody is there. */
  woken(): void;
}

/** One picture: somebody's question, and what the catalogue has. */
interface Slide {
  language: string;
  market: Market;
  question: string;
}

export class Attract {
  readonly element = make("div", { class: "attract", part: "attract", "aria-hidden": "true", hidden: true });
  private readonly acts: AttractActs;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private slides: Slide[] = [];
  private at = 0;
  private readonly wake = (event: Event): void => {
    event.stopPropagation();
    if (event.type !== "keydown") event.preventDefault(); // the first touch only wakes: what it would have hit was not seen
    this.stop();
    this.acts.woken();
  };

  constructor(acts: AttractActs) {
    this.acts = acts;
    // Whatever ends a touch comes after it began; it must not reach what stands below.
    for (const kind of ["pointerdown", "click"]) this.element.addEventListener(kind, (event) => event.stopPropagation());
    this.element.addEventListener("click", this.wake);
  }

  get shown(): boolean {
    return !this.element.hidden;
  }

  /** Begins, unless motion is not wanted or there is nothing to show. */
  async start(languages: readonly string[]): Promise<void> {
    if (this.shown || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const wanted = builtIn.filter((language) => languages.includes(language));
    const markets = await Promise.all(wanted.map(async (language) => ({ language, market: await this.acts.market(language).catch(() => null) })));
    this.slides = inTurn(markets.flatMap(({ language, market }) => (market ? [{ language, market }] : [])));
    if (!this.slides.length || this.shown) return;
    addEventListener("keydown", this.wake, { capture: true, once: true });
    this.element.hidden = false;
    this.at = 0;
    void this.next();
  }

  stop(): void {
    clearTimeout(this.timer);
    removeEventListener("keydown", this.wake, { capture: true });
    this.element.hidden = true;
    fill(this.element);
  }

  private async next(): Promise<void> {
    const slide = this.slides[this.at++ % this.slides.length];
    if (!slide) return;
    const words = await wordsOf(slide.language).catch(() => null);
    if (!this.shown) return;
    if (words) {
      const drawn = draw(slide, new Format(slide.language, words, slide.market));
      const before = this.element.lastElementChild;
      this.element.append(drawn);
      if (before) before.addEventListener("animationend", () => before.remove(), { once: true });
      before?.classList.add("gone");
    }
    this.timer = setTimeout(() => void this.next(), EACH_MS);
  }
}

/** The first example of each language, then the second of each, and so on; the shortest list decides nothing. */
function inTurn(markets: { language: string; market: Market }[]): Slide[] {
  const most = Math.max(0, ...markets.map(({ market }) => market.examples.length));
  return Array.from({ length: most }, (_, at) => markets.flatMap(({ language, market }) => {
    const question = market.examples[at];
    return question ? [{ language, market, question }] : [];
  })).flat();
}

function draw({ language, market, question }: Slide, format: Format): HTMLElement {
  const { words } = format;
  const counted = market.categories.slice(0, DRAWERS).map((one) => front(one, format));
  return make(
    "div",
    { class: "slide", lang: language, dir: words.direction },
    make("p", { class: "slide-sign" }, icon("ui-mark"), make("span", { class: "house" }, "Prilavok"), make("span", { class: "market" }, market.name)),
    make("div", { class: "slide-said" }, make("p", { class: "slide-question", dir: "auto" }, question), make("p", { class: "slide-places" }, `${market.name} · ${format.count(market.providers, words.places)}`)),
    make("div", { class: "slide-counter" }, make("ul", { class: "slide-drawers", role: "list" }, ...counted), make("p", { class: "slide-touch" }, kioskWords(language).touch)),
  );
}

function front(category: Category, format: Format): HTMLElement {
  const plate = make("span", { class: "plate" }, icon(category.icon), make("span", { class: "label" }, category.label));
  return make("li", { class: "drawer" }, plate, make("span", { class: "count" }, format.number(category.count)));
}
