/** The counter, opened: everything that is fetched when a visitor first wants it. */

import { Counter } from "./counter.ts";
import { Idle } from "./idle.ts";
import { storeLanguage } from "./language.ts";
import { NodeClient } from "./node.ts";
import { sheets } from "./style.ts";
import type { Kiosk } from "./kiosk/kiosk.ts";
import { IdleWarning } from "./view/idlewarning.ts";

const KIOSK_IDLE_S = 90;
const WARN_S = 20;
const MAX_CHARS = 1000;
/** The page is usable first; what it needs to answer alone comes after. */
const PREPARE_AFTER_MS = 500;

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
  const node = new NodeClient(host.getAttribute("node") ?? new URL(import.meta.url).origin);
  const counter = new Counter({
    node,
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
  const shared = kiosk ? import("./kiosk/kiosk.ts").then(({ Kiosk }) => new Kiosk(counter)) : null;
  host.addEventListener("prilavok-language", ({ detail }: CustomEventInit<string>) => void shared?.then((screen) => screen.speak(detail ?? language)));
  const idle = mind(host, root, counter, shared, numberOf(host, "idle-seconds", kiosk ? KIOSK_IDLE_S : 0));
  counter.start();
  const alone = whole && globalThis.isSecureContext ? setTimeout(() => void prepare(counter, node), PREPARE_AFTER_MS) : undefined;
  return {
    focus: () => counter.focus(),
    end: () => {
      clearTimeout(alone);
      idle?.stop(host);
      void shared?.then((screen) => screen.end());
      counter.end();
      counter.element.remove();
    },
  };
}

/** Makes this device able to answer by itself: our own page only, and not over a line that should be spared. */
async function prepare(counter: Counter, node: NodeClient): Promise<void> {
  const line = (navigator as { connection?: { saveData?: boolean } }).connection;
  if (line?.saveData) return;
  try {
    const { Alone } = await import("./alone/client.ts");
    const alone = new Alone(() => void counter.alone());
    counter.standIn(alone);
    await alone.start(node.origin);
  } catch {
    // No worker, no room or no module here: the node alone answers.
  }
}

/** Warns and erases a shared screen that is left alone; null where that is turned off. */
function mind(host: HTMLElement, root: ShadowRoot, counter: Counter, shared: Promise<Kiosk> | null, limit_s: number): Idle | null {
  if (limit_s <= 0) return null;
  const warning = new IdleWarning({ keep: () => idle.touch(), erase: () => erase() });
  const erase = (): void => {
    idle.touch();
    counter.reset();
    void shared?.then((screen) => screen.reset());
  };
  const rest = (): void => {
    idle.touch();
    if (!host.hasAttribute("still")) void shared?.then((screen) => screen.rest());
  };
  const idle = new Idle(limit_s, numberOf(host, "warn-seconds", WARN_S), {
    warn: (left_s) => (counter.used ? warning.show(left_s, counter.scene()) : rest()),
    calm: () => warning.hide(),
    end: () => {
      erase();
      rest();
    },
  });
  root.append(warning.element);
  idle.start(host);
  return idle;
}

function numberOf(host: HTMLElement, name: string, otherwise: number): number {
  const value = Number(host.getAttribute(name) ?? Number.NaN);
  return Number.isFinite(value) && value >= 0 ? value : otherwise;
}
