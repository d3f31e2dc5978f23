/** What makes a counter a shared screen, beside erasing itself: a keyboard, an invitation while nobody is there, and no ways
out. Fetched on such screens only. */

import type { Counter } from "../counter.ts";
import { adopt } from "../style.ts";
import { kioskWords } from "../words/kiosk.ts";
import style from "../../style/kiosk.css";
import { Attract } from "./attract.ts";
import { guard } from "./guard.ts";
import { Keyboard } from "./keyboard.ts";

export class Kiosk {
  private readonly counter: Counter;
  private readonly keyboard: Keyboard;
  private readonly attract: Attract;
  private readonly ended = new AbortController();

  constructor(counter: Counter) {
    this.counter = counter;
    adopt(counter.element, style);
    const { field, tools } = counter.dock;
    this.keyboard = new Keyboard(counter.element, field);
    tools.append(this.keyboard.toggle);
    this.attract = new Attract({ market: (language) => counter.marketIn(language), woken: () => counter.focus() });
    counter.element.append(this.attract.element);
    // The device's own keyboard would cover ours.
    counter.element.addEventListener("focusin", ({ target }) => target instanceof Element && target.matches("input, textarea") && target.setAttribute("inputmode", "none"));
    guard(this.ended.signal);
  }

  speak(language: string): void {
    this.keyboard.speak(language, kioskWords(language));
  }

  /** Nobody is there, and nothing is to be erased. */
  async rest(): Promise<void> {
    await this.attract.start(this.counter.scene().market?.languages ?? []);
  }

  /** For the next person. */
  reset(): void {
    this.keyboard.hide();
  }

  end(): void {
    this.ended.abort();
    this.attract.stop();
    this.keyboard.element.remove();
  }
}
