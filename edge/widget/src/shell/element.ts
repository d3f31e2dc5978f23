/** `<prilavok-chat>`: the custom element as our own pages have it: the counter, where it stands.

It holds its place, reads its attributes and fetches the counter. What a page of somebody else's needs beside that, a button
at the edge and a frame, is `guest.ts`. Attributes are described in the folder's README. It fires `prilavok-language`. */

import type { CounterPlace, OpenCounter } from "../main.ts";
import tokens from "../../tokens.css";
import { chooseLanguage, storedLanguage } from "../tongue.ts";
import { signOf } from "./sign.ts";

export type ChatModule = { open(place: CounterPlace): OpenCounter };

const known = new Map<string, CSSStyleSheet>();

/** Styles of the element's own, made once. */
export function ownSheets(...texts: string[]): CSSStyleSheet[] {
  return texts.map((text) => {
    let sheet = known.get(text);
    if (!sheet) {
      known.set(text, (sheet = new CSSStyleSheet()));
      sheet.replaceSync(text);
    }
    return sheet;
  });
}

export class PrilavokChat extends HTMLElement {
  /** Fetches the counter; set by whoever defines the element. */
  static load: (language: string) => Promise<ChatModule> = () => Promise.reject(new Error("nothing to load"));

  protected counter: OpenCounter | null = null;
  protected language = "en";
  private coming: Promise<void> | null = null;

  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    this.language = this.firstLanguage();
    root.adoptedStyleSheets = ownSheets(tokens);
    root.replaceChildren();
    this.stand(root);
  }

  disconnectedCallback(): void {
    this.counter?.end();
    this.counter = null;
  }

  override focus(): void {
    this.counter?.focus();
  }

  protected stand(root: ShadowRoot): void {
    void this.bring(root);
  }

  /** Brings the counter into `place`, once however often it is asked for meanwhile; where it cannot be had, says so and lets
  the next time try again. */
  protected bring(place: ShadowRoot | HTMLElement): Promise<void> {
    place.querySelector(".missing")?.remove();
    this.coming ??= this.fetched(place)
      .then(
        (counter) => {
          if (this.isConnected) this.counter = counter;
          else counter.end();
        },
        () => {
          const line = document.createElement("p");
          line.className = "missing";
          line.setAttribute("role", "status");
          line.textContent = signOf(this.language).away;
          place.append(line);
        },
      )
      .finally(() => (this.coming = null));
    return this.coming;
  }

  protected async fetched(place: ShadowRoot | HTMLElement): Promise<OpenCounter> {
    const { open } = await (this.constructor as typeof PrilavokChat).load(this.language);
    return open({ host: this, root: this.shadowRoot as ShadowRoot, place, language: this.language });
  }

  private firstLanguage(): string {
    const page = this.closest("[lang]")?.getAttribute("lang");
    const stored = this.hasAttribute("kiosk") ? null : storedLanguage();
    return chooseLanguage([stored, page, ...navigator.languages]);
  }
}
