/** A quiet line below the welcome: this device can phrase answers itself while the counter is away, for so many megabytes. */

import type { Counter } from "../counter.ts";
import { button, fill, make } from "../dom.ts";
import { say } from "../format.ts";
import type { DevicePhraser } from "../phrase/client.ts";
import { adopt } from "../style.ts";
import { deskWordsOf } from "../words/desk.ts";
import style from "../../style/model.css";

export class ModelOffer {
  readonly element = make("section", { class: "model", part: "model", hidden: true });
  private readonly told = make("p", { role: "status" });
  private readonly bar = make("progress", { class: "model-bar", hidden: true });
  private readonly acts = make("div", { class: "model-acts" });
  private readonly phraser: DevicePhraser;
  private readonly counter: Counter;
  private readonly small: boolean;
  private drawn = "";

  /** `small`: what is here may stay, but nothing is to be fetched. */
  constructor(phraser: DevicePhraser, counter: Counter, small: boolean) {
    this.phraser = phraser;
    this.counter = counter;
    this.small = small;
    fill(this.element, this.told, this.acts, this.bar);
  }

  draw(): void {
    void this.write();
  }

  private async write(): Promise<void> {
    const { phraser, counter } = this;
    const scene = counter.scene();
    const { head, progress, bytes } = phraser;
    const words = await deskWordsOf(scene.format.language);
    if (!head || progress === "away" || !this.element.isConnected) return;
    adopt(this.element, style);
    const speaks = head.modes[scene.format.language] !== undefined;
    this.element.hidden = !speaks || (this.small && progress === "offered");
    const megabytes = (amount: number): string => scene.format.number(Math.round(amount / 1e6));
    const size = megabytes(head.bytes);
    const text = {
      away: "",
      offered: say(bytes ? words.modelRest : words.modelOffer, { size, kept: megabytes(bytes) }),
      fetching: say(words.modelFetching, { size, kept: megabytes(bytes) }),
      here: say(words.modelHere, { size }),
      loading: words.modelLoading,
      ready: say(words.modelHere, { size }),
      failed: words.modelFailed,
    }[progress];
    this.told.textContent = text;
    // For whoever looks from outside: how it fares.
    Object.assign(this.element.dataset, { progress, loaded: String(phraser.loaded_ms), pace: phraser.pace ? JSON.stringify(phraser.pace) : "" });
    this.bar.hidden = progress !== "fetching";
    this.bar.max = head.bytes;
    this.bar.value = bytes;
    this.bar.setAttribute("aria-label", text);
    const key = `${progress} ${scene.format.language}`;
    if (this.drawn === key) return;
    this.drawn = key;
    const held = this.acts.contains((this.element.getRootNode() as ShadowRoot).activeElement);
    const act = {
      away: null,
      offered: button({ class: "quiet" }, () => void phraser.fetch(), words.modelFetch),
      fetching: button({ class: "quiet" }, () => phraser.stop(), scene.words.stop),
      here: button({ class: "quiet" }, () => void phraser.forget(), words.modelRemove),
      loading: null,
      ready: button({ class: "quiet" }, () => void phraser.forget(), words.modelRemove),
      failed: button({ class: "quiet" }, () => void phraser.forget(), words.modelRemove),
    }[progress];
    fill(this.acts, act);
    if (held) act?.focus();
  }
}
