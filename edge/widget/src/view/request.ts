/** The form for a request: to be called back by a provider, or to ask a person. Its contents leave it sealed. */

import { button, fill, make, type Child } from "../dom.ts";
import { say } from "../format.ts";
import { icon } from "../icon.ts";
import type { Contact } from "../lead/seal.ts";
import type { Card, LeadTerms } from "../wire.ts";
import { adopt } from "../style.ts";
import formStyle from "../../style/form.css";
import { deskWordsOf, type DeskWords } from "../words/desk.ts";
import type { Scene } from "./scene.ts";

export type Outcome = "sent" | "kept" | "lost" | "refused";

export interface RequestActs {
  terms(): Promise<LeadTerms | null>;
  send(card: Card | null, contact: Contact, terms: LeadTerms): Promise<Outcome>;
}

const LONGEST = { name: 100, phone: 40, email: 200, message: 1000 };
const OUTCOMES = { sent: "sent", kept: "keptForLater", lost: "notSent", refused: "notSent" } as const;

export class RequestForm {
  private readonly element: HTMLDialogElement;
  private readonly acts: RequestActs;
  private words!: DeskWords;

  constructor(element: HTMLDialogElement, acts: RequestActs) {
    this.element = element;
    this.acts = acts;
  }

  /** `secure`: this page may encrypt; else it can only say where it could. */
  async show(card: Card | null, question: string, scene: Scene, secure: boolean): Promise<void> {
    this.words = await deskWordsOf(scene.format.language);
    adopt(this.element, formStyle);
    this.draw(scene, card, make("p", { role: "status" }, scene.words.looking));
    if (!this.element.open) this.element.showModal();
    if (!secure) return this.draw(scene, card, ...insecure(this.words, scene));
    const terms = await this.acts.terms();
    if (!this.element.open) return;
    if (!terms?.taking || !terms.key) return this.draw(scene, card, make("p", { role: "status" }, this.words.noRequests), phoneOf(card, scene));
    this.draw(scene, card, this.form(card, question, terms, scene));
    this.element.querySelector<HTMLElement>("input")?.focus();
  }

  close(): void {
    if (this.element.open) this.element.close();
    fill(this.element);
  }

  private draw(scene: Scene, card: Card | null, ...children: Child[]): void {
    const { words } = this;
    const title = make("h2", { id: "request-title" }, words.requestTitle);
    const whom = make("p", { class: "whom" }, card ? say(words.requestFor, { name: card.name }) : words.requestDesk);
    const send = children.some((child) => child instanceof HTMLFormElement);
    const foot = make(
      "div",
      { class: "foot" },
      send && make("button", { class: "ask", type: "submit", form: "request-form" }, make("span", {}, words.send)),
      button({ class: "quiet shut" }, () => this.close(), icon("ui-close"), make("span", {}, scene.words.close)),
    );
    fill(this.element, make("div", { class: "leaf" }, title, whom, ...children), foot);
  }

  private form(card: Card | null, question: string, terms: LeadTerms, scene: Scene): HTMLElement {
    const { words } = this;
    const wrong = make("p", { id: "request-wrong", class: "limit", role: "alert" });
    const agree = make("input", { type: "checkbox", id: "request-agree" });
    const form = make(
      "form",
      { class: "fields", id: "request-form", novalidate: true, autocomplete: scene.kiosk ? "off" : "on" },
      field("name", words.yourName, { autocomplete: "name" }, words.optional),
      field("phone", words.yourPhone, { type: "tel", autocomplete: "tel", dir: "ltr" }),
      field("email", words.yourEmail, { type: "email", autocomplete: "email", dir: "ltr" }),
      message(question, words),
      make("p", { class: "consent" }, agree, make("label", { for: "request-agree", lang: terms.language, dir: "auto" }, terms.consent)),
      make("p", { class: "sealed" }, icon("ui-lock"), make("span", {}, words.sealed)),
      wrong,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const contact = read(form, question, scene);
      const fault = !contact.phone && !contact.email ? words.needWay : agree.checked ? "" : words.needConsent;
      wrong.textContent = fault;
      if (fault) (agree.checked || fault === words.needWay ? form.querySelector<HTMLElement>("#request-phone") : agree)?.focus();
      else void this.send(card, contact, terms, scene);
    });
    return form;
  }

  private async send(card: Card | null, contact: Contact, terms: LeadTerms, scene: Scene): Promise<void> {
    const words = { ...scene.words, ...this.words };
    this.draw(scene, card, make("p", { role: "status" }, words.sending));
    const outcome = await this.acts.send(card, contact, terms).catch((): Outcome => "lost");
    const said = make("p", { class: "outcome", role: "status", "data-outcome": outcome, tabindex: -1 }, words[OUTCOMES[outcome]]);
    this.draw(scene, card, said, outcome === "lost" || outcome === "refused" ? phoneOf(card, scene) : null);
    this.element.querySelector<HTMLElement>(".outcome")?.focus();
  }
}

function field(name: "name" | "phone" | "email", label: string, attributes: Record<string, string>, optional = ""): HTMLElement {
  const id = `request-${name}`;
  const input = make("input", { id, name, type: "text", maxlength: LONGEST[name], "aria-describedby": "request-wrong", ...attributes });
  return make("p", { class: name === "name" ? null : "short" }, make("label", { for: id }, label, optional && make("small", {}, ` (${optional})`)), input);
}

function message(question: string, words: DeskWords): HTMLElement {
  const area = make("textarea", { id: "request-message", name: "message", rows: 3, maxlength: LONGEST.message, dir: "auto" }, question);
  const optional = make("small", {}, ` (${words.optional})`);
  return make("p", {}, make("label", { for: "request-message" }, words.yourMessage, optional), area);
}

function read(form: HTMLFormElement, question: string, scene: Scene): Contact {
  const contact: Contact = { language: scene.format.language, made_at: new Date().toISOString() };
  for (const name of ["name", "phone", "email", "message"] as const) {
    const value = String(new FormData(form).get(name) ?? "").trim();
    if (value) contact[name] = value.slice(0, LONGEST[name]);
  }
  if (question) contact.question = question;
  return contact;
}

function insecure(words: DeskWords, scene: Scene): Child[] {
  const address = scene.market?.secure_url;
  const link = address && !scene.kiosk && make("a", { class: "act", href: address }, words.secureLink);
  return [make("p", { role: "status" }, words.insecure), link];
}

function phoneOf(card: Card | null, scene: Scene): HTMLElement | null {
  return card?.phone ? make("p", {}, `${scene.words.phone}: `, make("bdi", { class: "figure" }, card.phone)) : null;
}
