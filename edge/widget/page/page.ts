/** The kiosk page: makes the one element that it is there for, from the address's query.

`?kiosk` makes it a shared screen, with `&still` one without pictures while nobody is there; `?lang=de`, `?theme=dark`, `?idle=60`, `?warn=15` and `?patience=60` (seconds) set the rest. In a frame on somebody else's page (`/frame`) it waits for that page instead. */

import { HELLO } from "../src/frame/hello.ts";
import * as counter from "../src/main.ts";
import { PrilavokChat } from "../src/shell/element.ts";
import { builtIn } from "../src/tongue.ts";
import { ownScript } from "../src/trust.ts";

PrilavokChat.load = () => Promise.resolve(counter);
customElements.define("prilavok-chat", PrilavokChat);

const MOST_EARLY = 100;
const chat = document.createElement("prilavok-chat");
const root = document.documentElement;
chat.setAttribute("whole-page", "");
root.removeAttribute("lang"); // English was for the page without this script; the visitor's browser decides now
chat.addEventListener("prilavok-language", (event) => {
  root.lang = (event as CustomEvent<string>).detail;
});

/** What the address's query asks for. */
function set(query: URLSearchParams): void {
  const language = query.get("lang");
  if (language && builtIn.includes(language)) chat.setAttribute("lang", language);
  if (query.has("kiosk")) {
    root.dataset["kiosk"] = "";
    chat.setAttribute("kiosk", "");
    if (query.has("still")) chat.setAttribute("still", "");
  }
  const theme = query.get("theme");
  if (theme === "dark" || theme === "light") root.dataset["theme"] = chat.dataset["theme"] = theme;
  for (const [name, attribute] of [["idle", "idle-seconds"], ["warn", "warn-seconds"], ["patience", "patience-seconds"]] as const) {
    const value = query.get(name);
    if (value) chat.setAttribute(attribute, value);
  }
}

if (location.pathname === "/frame") {
  const early: MessageEvent<unknown>[] = [];
  const keep = (event: MessageEvent<unknown>): void => void (early.length < MOST_EARLY && early.push(event));
  addEventListener("message", keep);
  // Before anything else is fetched, so that a page whose frame was refused need not wait for it.
  if (parent !== window) parent.postMessage(HELLO, "*");
  void import("./frame.ts").then(({ frame }) => {
    removeEventListener("message", keep);
    return frame(chat, early);
  });
} else {
  set(new URLSearchParams(location.search));
  document.body.append(chat);
}

// Keeps the page's files for when the node is away. Only where the connection is secure; elsewhere the browser has none.
if (window.isSecureContext && "serviceWorker" in navigator) {
  navigator.serviceWorker.register(ownScript(new URL("/sw.js", location.href))).catch(() => undefined);
}
