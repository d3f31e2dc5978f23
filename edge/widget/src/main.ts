/** The counter, opened: everything that is fetched when a visitor first wants it. */

import type { Alone } from "./alone/client.ts";
import { Counter } from "./counter.ts";
import { storeLanguage } from "./language.ts";
import { NodeClient } from "./node.ts";
import { sheets } from "./style.ts";

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
  const node = new NodeClient(host.getAttribute("node") ?? new URL(import.meta.url).origin, host.getAttribute("page"));
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
  const [limit_s, warn_s] = [numberOf(host, "idle-seconds", kiosk ? KIOSK_IDLE_S : 0), numberOf(host, "warn-seconds", WARN_S)];
  const minding = limit_s > 0 ? import("./mind.ts").then(({ mind }) => mind({ host, root, counter, shared }, limit_s, warn_s)) : null;
  counter.start();
  let alone: ReturnType<typeof setTimeout> | undefined;
  if (whole && globalThis.isSecureContext) {
    const later = new Promise<void>((resolve) => (alone = setTimeout(resolve, PREPARE_AFTER_MS)));
    counter.coming(later.then(() => prepare(host, counter, node)));
  }
  return {
    focus: () => counter.focus(),
    end: () => {
      clearTimeout(alone);
      void minding?.then((stop) => stop());
      void shared?.then((screen) => screen.end());
      counter.end();
      counter.element.remove();
    },
  };
}

/** Makes this device able to answer by itself: our own page only, and not over a line that should be spared. Settles when
whatever answers from what is kept stands. */
async function prepare(host: HTMLElement, counter: Counter, node: NodeClient): Promise<void> {
  const line = (navigator as { connection?: { saveData?: boolean } }).connection;
  if (line?.saveData) return;
  try {
    const { Alone } = await import("./alone/client.ts");
    const alone = new Alone(() => void counter.alone());
    counter.standIn(alone);
    await alone.start(node.origin);
    void grow(host, counter, alone, node.origin).catch(() => undefined);
  } catch {
    // No worker, no room or no module here: the node alone answers.
  }
}

/** Follows the node's catalogue, and offers the model that words answers here. */
async function grow(host: HTMLElement, counter: Counter, alone: Alone, origin: string): Promise<void> {
  await alone.follow();
  const { attach, PATIENCE_S } = await import("./phrase/attach.ts");
  await attach(counter, alone, origin, numberOf(host, "patience-seconds", PATIENCE_S));
}

function numberOf(host: HTMLElement, name: string, otherwise: number): number {
  const value = Number(host.getAttribute(name) ?? Number.NaN);
  return Number.isFinite(value) && value >= 0 ? value : otherwise;
}
