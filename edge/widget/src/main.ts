/** The counter, opened: everything that is fetched when a visitor first wants it. */

import { Counter } from "./counter.ts";
import { Idle } from "./idle.ts";
import { storeLanguage } from "./language.ts";
import { NodeClient } from "./node.ts";
import { sheets } from "./style.ts";
import { IdleWarning } from "./view/idlewarning.ts";

const KIOSK_IDLE_S = 90;
const WARN_S = 20;
const MAX_CHARS = 1000;

/** Where the counter is put: into `place` below `root`, the shadow root of `host`. */
export interface CounterPlace {
  host: HTMLElement;
  root: ShadowRoot;
  place: ShadowRoot | HTMLElement;
  language: string;
}

export interface OpenCounter {
  focus(): void;
  end(): void;
}

export function open({ host, root, place, language }: CounterPlace): OpenCounter {
  const kiosk = host.hasAttribute("kiosk");
  const whole = host.hasAttribute("whole-page");
  const counter = new Counter({
    node: new NodeClient(host.getAttribute("node") ?? new URL(import.meta.url).origin),
    kiosk,
    whole,
    language,
    maxChars: numberOf(host, "max-chars", MAX_CHARS),
    chosen: (chosen) => {
      if (!kiosk) storeLanguage(chosen); // the next person at a shared screen did not choose it
    },
    speaks: (spoken) => host.dispatchEvent(new CustomEvent("prilavok-language", { detail: spoken })),
  });
  root.adoptedStyleSheets = [...sheets, ...root.adoptedStyleSheets];
  place.append(counter.element);
  const idle = mind(host, root, counter, numberOf(host, "idle-seconds", kiosk ? KIOSK_IDLE_S : 0));
  counter.start();
  return {
    focus: () => counter.focus(),
    end: () => {
      idle?.stop(host);
      counter.end();
      counter.element.remove();
    },
  };
}

/** Warns and erases a shared screen that is left alone; null where that is turned off. */
function mind(host: HTMLElement, root: ShadowRoot, counter: Counter, limit_s: number): Idle | null {
  if (limit_s <= 0) return null;
  const warning = new IdleWarning({ keep: () => idle.touch(), erase: () => erase() });
  const erase = (): void => {
    idle.touch();
    counter.reset();
  };
  const idle = new Idle(limit_s, numberOf(host, "warn-seconds", WARN_S), {
    warn: (left_s) => (counter.used ? warning.show(left_s, counter.scene()) : idle.touch()),
    calm: () => warning.hide(),
    end: erase,
  });
  root.append(warning.element);
  idle.start(host);
  return idle;
}

function numberOf(host: HTMLElement, name: string, otherwise: number): number {
  const value = Number(host.getAttribute(name) ?? Number.NaN);
  return Number.isFinite(value) && value >= 0 ? value : otherwise;
}
