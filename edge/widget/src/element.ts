/** `<prilavok-chat>`: the custom element. Reads its attributes, holds the counter, minds a shared screen.

Attributes: `node` (origin of the node; default: where this script came from), `kiosk` (a shared screen),
`whole-page` (it is all there is on its page),
`lang` (first language), `idle-seconds` and `warn-seconds` (0 turns idle reset off), `max-chars`, `data-theme`.
It fires `prilavok-language` with the language it speaks, at the start and at every change. */

import { Counter } from "./counter.ts";
import { Idle } from "./idle.ts";
import { chooseLanguage, storedLanguage, storeLanguage } from "./language.ts";
import { NodeClient } from "./node.ts";
import { sheets } from "./style.ts";
import { IdleWarning } from "./view/idlewarning.ts";

const KIOSK_IDLE_S = 90;
const WARN_S = 20;
const MAX_CHARS = 1000;

export class PrilavokChat extends HTMLElement {
  private counter: Counter | null = null;
  private idle: Idle | null = null;

  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = sheets;
    const kiosk = this.hasAttribute("kiosk");
    const counter = new Counter({
      node: new NodeClient(this.getAttribute("node") ?? new URL(import.meta.url).origin),
      kiosk,
      whole: this.hasAttribute("whole-page"),
      language: this.firstLanguage(kiosk),
      maxChars: this.numberOf("max-chars", MAX_CHARS),
      chosen: (language) => {
        if (!kiosk) storeLanguage(language); // the next person at a shared screen did not choose it
      },
      speaks: (language) => this.dispatchEvent(new CustomEvent("prilavok-language", { detail: language })),
    });
    root.replaceChildren(counter.element);
    this.counter = counter;
    this.mind(root, counter, this.numberOf("idle-seconds", kiosk ? KIOSK_IDLE_S : 0));
    counter.start();
  }

  disconnectedCallback(): void {
    this.idle?.stop(this);
    this.counter?.end();
    this.idle = null;
    this.counter = null;
  }

  private mind(root: ShadowRoot, counter: Counter, limit_s: number): void {
    if (limit_s <= 0) return;
    const warning = new IdleWarning({ keep: () => idle.touch(), erase: () => erase() });
    const erase = (): void => {
      idle.touch();
      counter.reset();
    };
    const idle = new Idle(limit_s, this.numberOf("warn-seconds", WARN_S), {
      warn: (left_s) => (counter.used ? warning.show(left_s, counter.scene()) : idle.touch()),
      calm: () => warning.hide(),
      end: erase,
    });
    root.append(warning.element);
    idle.start(this);
    this.idle = idle;
  }

  private firstLanguage(kiosk: boolean): string {
    const page = this.closest("[lang]")?.getAttribute("lang");
    const stored = kiosk ? null : storedLanguage();
    return chooseLanguage([stored, page, ...navigator.languages]);
  }

  private numberOf(name: string, otherwise: number): number {
    const value = Number(this.getAttribute(name) ?? Number.NaN);
    return Number.isFinite(value) && value >= 0 ? value : otherwise;
  }
}
