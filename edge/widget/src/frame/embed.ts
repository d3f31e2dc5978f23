/** The shell's side: puts the node's own frame into a page that is not ours, and speaks with it by `protocol`.

The page around it sees that there is a frame, and neither what is asked nor what is answered. */

import type { OpenCounter } from "../main.ts";
import { HELLO } from "./hello.ts";
import { COLOURS, FORM, type Opening, readToShell, type ToFrame } from "./protocol.ts";

/** A document that is not ours loads as well, and is silent: this page forbids the frame, or the node does, or it is away. */
const SILENT_MS = 3_000;
/** For all of it: a slow line, a slow machine. */
const LOAD_MS = 30_000;

export interface FrameActs {
  close(): void;
  speaks(language: string): void;
}

/** Rejects where the frame does not come; nothing of it is left then. */
export async function embed(place: ParentNode & Node, node: string, title: string, opening: Opening, acts: FrameActs): Promise<OpenCounter> {
  const frame = document.createElement("iframe");
  frame.className = "guest";
  frame.title = title;
  frame.allow = "microphone";
  const { port1: port, port2 } = new MessageChannel();
  const end = (): void => {
    port.close();
    frame.remove();
  };
  try {
    const listens = within(LOAD_MS, listening(frame, node));
    frame.src = `${node}/frame`;
    place.append(frame);
    await listens;
    const ready = new Promise<void>((resolve) => {
      port.onmessage = ({ data }) => {
        const said = readToShell(data);
        if (said?.kind === "ready") resolve();
        else if (said?.kind === "close") acts.close();
        else if (said) acts.speaks(said.language);
      };
    });
    frame.contentWindow?.postMessage(opening, node, [port2]);
    await within(LOAD_MS, ready);
    frame.dataset["ready"] = "";
  } catch (error) {
    end();
    throw error;
  }
  const say = (message: ToFrame): void => port.postMessage(message);
  return {
    focus: () => {
      frame.focus();
      say({ kind: "focus" });
    },
    end,
  };
}

/** Settles when the frame says that it listens; rejects where this page's policy, or the node's, forbids it. */
function listening(frame: HTMLIFrameElement, node: string): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  return new Promise<void>((resolve, reject) => {
    const hear = ({ source, origin, data }: MessageEvent<unknown>): void => {
      if (source === frame.contentWindow && origin === node && data === HELLO) resolve();
    };
    const refused = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent): void => {
      if (/^(frame|child|default)-src/.test(effectiveDirective) && blockedURI.startsWith(node)) reject(new Error("this page allows no frame"));
    };
    window.addEventListener("message", hear, { signal });
    document.addEventListener("securitypolicyviolation", refused, { signal });
    frame.addEventListener("load", () => setTimeout(reject, SILENT_MS, new Error("that is not the counter")), { signal });
  }).finally(() => over.abort());
}

/** Rejects when the work is not done by then. */
async function within<T>(limit_ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => (timer = setTimeout(reject, limit_ms, new Error("the frame did not come"))));
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** What the frame should look like in this page. */
export function openingOf(host: HTMLElement, language: string): Opening {
  const style = getComputedStyle(host);
  return {
    form: FORM,
    language,
    theme: host.dataset["theme"] ?? "",
    max_chars: Number(host.getAttribute("max-chars")) || 0,
    corner: host.hasAttribute("corner"),
    colours: Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])),
  };
}
