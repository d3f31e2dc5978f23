/** `<prilavok-chat>`: the custom element, and all that a page loads before the counter is opened.

It holds its place, reads its attributes and, when opened, fetches the counter itself. With the attribute `corner` it
is a button at the page's edge that opens a panel; else it is the counter, where it stands.
Attributes are described in the folder's README. It fires `prilavok-language`, `prilavok-open` and `prilavok-close`. */

import type { CounterPlace, OpenCounter } from "../main.ts";
import tokens from "../../tokens.css";
import corner from "../../style/corner.css";
import { chooseLanguage, storedLanguage } from "../tongue.ts";
import { signOf } from "./sign.ts";

export type ChatModule = { open(place: CounterPlace): OpenCounter };

const SVG = "http://www.w3.org/2000/svg";
const MARK = "M1.5 4h21a1 1 0 0 1 1 1v3.2a1 1 0 0 1-1 1h-.6V21a1 1 0 0 1-1 1h-3.6a1 1 0 0 1-1-1V9.2H7.7V21a1 1 0 0 1-1 1H3.1a1 1 0 0 1-1-1V9.2h-.6a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z";

let sheets: CSSStyleSheet[] | undefined;

/** The shell's own styles, made once: tokens, and the button and panel at the page's edge. */
function ownSheets(): CSSStyleSheet[] {
  sheets ??= [tokens, corner].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  return sheets;
}

export class PrilavokChat extends HTMLElement {
  /** Fetches the counter; set by whoever defines the element. */
  static load: (language: string) => Promise<ChatModule> = () => Promise.reject(new Error("nothing to load"));

  private counter: OpenCounter | null = null;
  private opener: HTMLButtonElement | null = null;
  private panel: HTMLElement | null = null;
  private language = "en";

  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    this.language = this.firstLanguage();
    root.adoptedStyleSheets = ownSheets();
    root.replaceChildren();
    if (this.hasAttribute("corner")) this.hang(root);
    else void this.lay(root);
  }

  disconnectedCallback(): void {
    this.counter?.end();
    this.counter = this.opener = this.panel = null;
  }

  /** Opens the counter at the page's edge, as a tap on its button does. */
  open(): void {
    const { panel, opener, shadowRoot } = this;
    if (!panel || !opener || !shadowRoot || !panel.hidden) return;
    panel.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    this.dispatchEvent(new CustomEvent("prilavok-open"));
    if (this.counter) this.counter.focus();
    else void this.fetchInto(panel).then(() => this.counter?.focus());
  }

  close(): void {
    const { panel, opener } = this;
    if (!panel || !opener || panel.hidden) return;
    panel.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
    this.dispatchEvent(new CustomEvent("prilavok-close"));
  }

  private hang(root: ShadowRoot): void {
    const sign = signOf(this.language);
    const label = this.getAttribute("label") ?? sign.open;
    const opener = (this.opener = element("button", { type: "button", class: "opener", part: "opener", "aria-expanded": "false", "aria-controls": "panel" }));
    opener.append(mark(), element("span", { dir: "auto" }, label));
    opener.addEventListener("click", () => (this.panel?.hidden ? this.open() : this.close()));
    const panel = (this.panel = element("div", { id: "panel", class: "panel", part: "panel", role: "dialog", "aria-label": label }));
    panel.hidden = true;
    const close = element("button", { type: "button", class: "away", "aria-label": sign.close, title: sign.close }, "×");
    close.addEventListener("click", () => this.close());
    panel.append(close);
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !panel.querySelector("dialog[open]")) this.close();
    });
    root.append(panel, opener);
    root.host.setAttribute("dir", this.language === "ar" ? "rtl" : "ltr");
  }

  private async lay(root: ShadowRoot): Promise<void> {
    await this.fetchInto(root);
  }

  /** Puts the counter into `place`; where it cannot be had, says so and lets the next opening try again. */
  private async fetchInto(place: ShadowRoot | HTMLElement): Promise<void> {
    const root = this.shadowRoot as ShadowRoot;
    place.querySelector(".missing")?.remove();
    try {
      const { open } = await PrilavokChat.load(this.language);
      if (!this.isConnected || this.counter) return;
      this.counter = open({ host: this, root, place, language: this.language });
    } catch {
      const line = element("p", { class: "missing", role: "status" }, signOf(this.language).away);
      place.append(line);
    }
  }

  private firstLanguage(): string {
    const page = this.closest("[lang]")?.getAttribute("lang");
    const stored = this.hasAttribute("kiosk") ? null : storedLanguage();
    return chooseLanguage([stored, page, ...navigator.languages]);
  }
}

function element<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string>, text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

function mark(): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", MARK);
  svg.append(path);
  return svg;
}
