/** A calm line about what did not go as asked, with the one thing to do about it. */

import { button, make } from "../dom.ts";
import type { Failure } from "../failure.ts";
import { say } from "../format.ts";
import { icon } from "../icon.ts";
import type { Scene } from "./scene.ts";

/** `asked`: a question is waiting for this. */
export function failureText(failure: Failure, scene: Scene, asked = true): string {
  const { words, format } = scene;
  const wait = failure.wait_s > 0 ? [format.count(failure.wait_s, words.wait)] : [];
  switch (failure.kind) {
    case "offline":
      return asked ? `${words.offline} ${words.offlineHint}` : words.offline;
    case "starting":
      return [words.starting, ...wait].join(" ");
    case "busy":
      return [words.busy, ...wait].join(" ");
    case "too-long":
      return words.refusedLong;
    case "broken":
      return words.broken;
    case "refused":
    case "error":
      return words.error;
  }
}

/** The node is away and this device answers: said calmly, with the age of what it answers from. */
export function standing(scene: Scene): string {
  const { words, format, market } = scene;
  return market?.catalog_date ? say(words.alone, { date: format.date(market.catalog_date) }) : words.aloneSince;
}

export function notice(text: string, kind: string, act?: { label: string; run: () => void }): HTMLElement {
  return make(
    "div",
    { class: "notice", part: "notice", "data-kind": kind },
    icon(kind === "offline" ? "ui-offline" : "ui-note"),
    make("p", {}, text),
    act && button({ class: "quiet" }, act.run, act.label),
  );
}
