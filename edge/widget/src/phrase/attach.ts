/** Offers the model to whoever could have it here, and puts it behind the answers of this device. Fetched on our own page once
it can answer alone. */

import type { Alone } from "../alone/client.ts";
import type { Counter } from "../counter.ts";
import { ModelOffer } from "../view/model.ts";
import { able, DevicePhraser, fits } from "./client.ts";

/** How long a model on this device is waited for. What is not written by then the template says. */
export const PATIENCE_S = 15;

/** Nothing happens where this device, its line or its browser are not for it, or the node offers none. */
export async function attach(counter: Counter, alone: Alone, origin: string, patience_s: number): Promise<void> {
  // A shared screen has its node beside it.
  const offered = able() && !counter.scene().kiosk && (await offer(counter, alone, origin, patience_s));
  counter.element.dataset["model"] = offered ? "offered" : "none"; // for whoever looks from outside
}

async function offer(counter: Counter, alone: Alone, origin: string, patience_s: number): Promise<boolean> {
  const small = !fits(navigator as Navigator & { deviceMemory?: number });
  const phraser = new DevicePhraser(origin, patience_s * 1000, () => shown.draw());
  const shown = new ModelOffer(phraser, counter, small);
  await phraser.look();
  // What is here already may be used, whatever the line: nothing is fetched for it.
  if (!phraser.head || (small && phraser.progress !== "here")) {
    phraser.end();
    return false;
  }
  alone.phraser = phraser;
  counter.extra.append(shown.element);
  (counter.element.getRootNode() as ShadowRoot).host.addEventListener("prilavok-language", () => shown.draw());
  shown.draw();
  return true;
}
