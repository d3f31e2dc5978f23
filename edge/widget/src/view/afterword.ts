/** What can be done with an answer that stands: copy it, hear it, say whether it helped, or ask a person instead. */

import { button, fill, make } from "../dom.ts";
import type { Turn } from "../conversation.ts";
import { icon } from "../icon.ts";
import { canRead, readAloud, stopReading } from "../voice.ts";
import type { Scene } from "./scene.ts";

/** Reasons as the node counts them; the words are the visitor's language's. */
const REASONS = [["fact", "badFact"], ["fit", "badFit"], ["words", "badWords"], ["other", "badOther"]] as const;

export class Afterword {
  readonly element = make("div", { class: "afterword", part: "afterword" });
  private readonly turn: Turn;
  private readonly spoken: () => string;

  /** `spoken` is the sentence without its citation marks. */
  constructor(turn: Turn, spoken: () => string) {
    this.turn = turn;
    this.spoken = spoken;
  }

  draw(scene: Scene): void {
    const { words } = scene;
    this.element.lang = scene.format.language;
    const told = make("p", { class: "told", role: "status" });
    const reasons = make("div", { class: "reasons", role: "group", "aria-label": words.badWhy, hidden: true });
    const rating = this.turn.rated === null ? this.thumbs(scene, reasons, told) : [];
    if (this.turn.rated !== null) told.textContent = words.noted;
    const tools = make("div", { class: "tools" }, this.copy(scene, told), this.voice(scene), ...rating, this.person(scene));
    fill(this.element, tools, reasons, told);
  }

  private copy(scene: Scene, told: HTMLElement): HTMLElement | null {
    if (scene.kiosk || !navigator.clipboard) return null;
    const copy = async (): Promise<void> => {
      const names = (this.turn.grounding?.cards ?? []).map((card) => [card.name, card.phone, card.address].filter(Boolean).join(", "));
      await navigator.clipboard.writeText([this.spoken(), ...names].join("\n"));
      told.textContent = scene.words.copied;
    };
    return tool("copy", scene.words.copy, () => void copy().catch(() => undefined));
  }

  private voice(scene: Scene): HTMLElement | null {
    const language = this.turn.grounding?.language ?? scene.format.language;
    if (!canRead(language)) return null;
    const { words } = scene;
    const toggle = tool("voice", words.readAloud, () => {
      const reading = toggle.getAttribute("aria-pressed") === "true";
      toggle.setAttribute("aria-pressed", String(!reading));
      if (reading) stopReading();
      else readAloud(this.spoken(), language, () => toggle.setAttribute("aria-pressed", "false"));
    });
    toggle.setAttribute("aria-pressed", "false");
    return toggle;
  }

  private thumbs(scene: Scene, reasons: HTMLElement, told: HTMLElement): HTMLElement[] {
    const { words } = scene;
    if (!this.turn.id) return [];
    const noted = (score: 1 | -1, reason: string): void => {
      scene.rate(this.turn, score, reason);
      this.draw(scene);
      this.element.querySelector<HTMLElement>(".tool")?.focus();
    };
    fill(
      reasons,
      make("p", {}, words.badWhy),
      ...REASONS.map(([reason, word]) => button({ class: "quiet reason" }, () => noted(-1, reason), words[word])),
    );
    const good = tool("good", words.good, () => noted(1, ""));
    const bad = tool("bad", words.bad, () => {
      reasons.hidden = !reasons.hidden;
      bad.setAttribute("aria-expanded", String(!reasons.hidden));
      told.textContent = "";
      reasons.querySelector("button")?.focus();
    });
    bad.setAttribute("aria-expanded", "false");
    return [good, bad];
  }

  private person(scene: Scene): HTMLElement {
    return button({ class: "act person" }, () => scene.request(null), icon("ui-person"), make("span", {}, scene.words.person));
  }
}

function tool(kind: string, label: string, act: () => void): HTMLButtonElement {
  return button({ class: "tool", "data-kind": kind, "aria-label": label, title: label }, act, icon(`ui-${kind}`));
}
