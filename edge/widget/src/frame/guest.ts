/** The frame's side: waits for the shell of a page that may embed it, and takes what `protocol` allows. */

import { type Opening, readOpening, type ToShell } from "./protocol.ts";

export interface Host {
  opening: Opening;
  /** Of the page around, as the browser says it. */
  origin: string;
  say(message: ToShell): void;
  /** `focus` is called when the shell wants the visitor here. */
  heard(focus: () => void): void;
}

/** The first page that opens the frame as it should be opened; any other message is left alone, for ever after, too.
`early` are those that came before. */
export function hosted(allowed: readonly string[], early: readonly MessageEvent<unknown>[]): Promise<Host> {
  return new Promise((resolve) => {
    const hear = (event: MessageEvent<unknown>): void => {
      if (window.parent === window || event.source !== window.parent || !allowed.includes(event.origin)) return;
      const opening = readOpening(event.data);
      const port = event.ports[0];
      if (!opening || !port) return;
      window.removeEventListener("message", hear);
      resolve({
        opening,
        origin: event.origin,
        say: (message) => port.postMessage(message),
        heard: (focus) => {
          port.onmessage = ({ data }: MessageEvent<{ kind?: unknown } | null>) => {
            if (data?.kind === "focus") focus();
          };
        },
      });
    };
    window.addEventListener("message", hear);
    early.forEach(hear);
  });
}
