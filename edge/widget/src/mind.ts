/** Minds a screen that several people use: asks whether anyone is there, erases, and lets it rest. Fetched only where idle
time is minded. */

import type { Counter } from "./counter.ts";
import { Idle } from "./idle.ts";
import type { Kiosk } from "./kiosk/kiosk.ts";
import { IdleWarning } from "./view/idlewarning.ts";

export interface Minded {
  host: HTMLElement;
  root: ShadowRoot;
  counter: Counter;
  /** What else a shared screen has; null on others. */
  shared: Promise<Kiosk> | null;
}

/** After `limit_s` without a sign of life the screen is erased; the last `warn_s` of them are counted. Gives the end of it. */
export function mind({ host, root, counter, shared }: Minded, limit_s: number, warn_s: number): () => void {
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
  const idle = new Idle(limit_s, warn_s, {
    warn: (left_s) => (counter.used ? warning.show(left_s, counter.scene()) : rest()),
    calm: () => warning.hide(),
    end: () => {
      erase();
      rest();
    },
  });
  root.append(warning.element);
  idle.start(host);
  return () => idle.stop(host);
}
