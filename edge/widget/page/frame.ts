/** The counter in a frame of the node's own, on a page that is not ours: what is asked stays between visitor and node.

It shows itself only to a page whose origin the node lets embed it (the policy of its own document says so to the browser, and
`guest` asks once more), and does what `protocol` has, no more. */

import { type Host, hosted } from "../src/frame/guest.ts";

/** Shows the counter when the page around has opened the frame; `early` is what came before this was here. */
export async function frame(chat: HTMLElement, early: readonly MessageEvent<unknown>[]): Promise<void> {
  const allowed = document.querySelector<HTMLMetaElement>('meta[name="prilavok-origins"]')?.content.split(" ") ?? [];
  show(chat, await hosted(allowed, early));
}

function show(chat: HTMLElement, { opening, origin, say, heard }: Host): void {
  const root = document.documentElement;
  chat.setAttribute("page", origin);
  if (opening.corner) root.dataset["corner"] = "";
  if (opening.language) root.lang = opening.language;
  if (opening.theme) root.dataset["theme"] = chat.dataset["theme"] = opening.theme;
  if (opening.max_chars) chat.setAttribute("max-chars", String(opening.max_chars));
  for (const [name, value] of Object.entries(opening.colours)) if (CSS.supports("color", value)) chat.style.setProperty(`--${name}`, value);
  chat.addEventListener("prilavok-language", (event) => say({ kind: "language", language: (event as CustomEvent<string>).detail }));
  document.addEventListener("keydown", (event) => {
    if (opening.corner && event.key === "Escape" && !event.defaultPrevented && !chat.shadowRoot?.querySelector("dialog[open]")) say({ kind: "close" });
  });
  // A frame that its page hid keeps no focus; it hears that it is wanted before it is shown again, and draws only after.
  heard(() => requestAnimationFrame(() => chat.focus()));
  document.body.append(chat);
  say({ kind: "ready" });
}
