/** The element as a guest in a page: with the attribute `corner` a button at the edge that opens a panel, and on a page that is
not the node's own the counter in a frame of the node's; where that cannot be, in the page itself.

It fires `prilavok-open` and `prilavok-close`, too. */

import tokens from "../../tokens.css";
import corner from "../../style/corner.css";
import type { FrameActs } from "../frame/embed.ts";
import type { OpenCounter } from "../main.ts";
import { ownSheets, PrilavokChat } from "./element.ts";
import { signOf } from "./sign.ts";

const SVG = "http://www.w3.org/2000/svg";
const MARK = "M1.5 4h21a1 1 0 0 1 1 1v3.2a1 1 0 0 1-1 1h-.6V21a1 1 0 0 1-1 1h-3.6a1 1 0 0 1-1-1V9.2H7.7V21a1 1 0 0 1-1 1H3.1a1 1 0 0 1-1-1V9.2h-.6a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z";

export class GuestChat extends PrilavokChat {
  /** Puts a frame of the node's into a page that is not the node's own; set by the shell, on such pages. */
  static embed: ((host: HTMLElement, place: ParentNode & Node, language: string, title: string, acts: FrameActs) => Promise<OpenCounter>) | null = null;

  private opener: HTMLButtonElement | null = null;
  private panel: HTMLElement | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.opener = this.panel = null;
  }

  /** Opens the counter at the page's edge, as a tap on its button does. */
  open(): void {
    const { panel, opener } = this;
    if (!panel || !opener || !panel.hidden) return;
    panel.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    this.dispatchEvent(new CustomEvent("prilavok-open"));
    if (this.counter) this.counter.focus();
    else void this.bring(panel).then(() => panel.hidden || this.counter?.focus());
  }

  close(): void {
    const { panel, opener } = this;
    if (!panel || !opener || panel.hidden) return;
    panel.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    opener.focus();
    this.dispatchEvent(new CustomEvent("prilavok-close"));
  }

  protected override stand(root: ShadowRoot): void {
    root.adoptedStyleSheets = ownSheets(tokens, corner);
    if (this.hasAttribute("corner")) this.hang(root);
    else super.stand(root);
  }

  private hang(root: ShadowRoot): void {
    const sign = signOf(this.language);
    const label = this.label();
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
    this.turn(this.language);
  }

  private label(): string {
    return this.getAttribute("label") ?? signOf(this.language).open;
  }

  /** The side of the button follows the way the language is written. */
  private turn(language: string): void {
    if (this.opener) this.setAttribute("dir", language === "ar" ? "rtl" : "ltr");
  }

  protected override async fetched(place: ShadowRoot | HTMLElement): Promise<OpenCounter> {
    const frame = this.hasAttribute("in-page") ? null : await this.frame(place);
    return frame ?? super.fetched(place);
  }

  /** A frame of the node's, on a page that is not; null where that does not come. */
  private async frame(place: ShadowRoot | HTMLElement): Promise<OpenCounter | null> {
    const speaks = (language: string): void => {
      this.turn(language);
      this.dispatchEvent(new CustomEvent("prilavok-language", { detail: language }));
    };
    const acts = { close: () => this.close(), speaks };
    return GuestChat.embed?.(this, place, this.language, this.label(), acts).catch(() => null) ?? null;
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
