/** `/widget.js`: a classic script for any page, `<script async src="…/widget.js" data-corner>`.

Served by the node, or copied to a page's own server with `data-node="https://…"`. Defines the element; with `data-corner` it also hangs one at the page's edge, with the script's other `data-…` as its
attributes. Modules of the counter are fetched at first opening, held to their digests by `modulepreload`. */

import { embed, openingOf } from "../frame/embed.ts";
import type { ChatModule } from "./element.ts";
import { GuestChat } from "./guest.ts";

/** Filled in by the build: the counter's module, what it imports, the words by language; and their digests. */
interface Parts {
  chat: string;
  needs: string[];
  words: Record<string, string>;
  integrity: Record<string, string>;
}

declare global {
  var __PRILAVOK_PARTS__: Parts;
}

const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
const node = new URL(script?.dataset["node"] ?? script?.src ?? location.href).origin;

function hold(file: string, parts: Parts): void {
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.crossOrigin = "anonymous";
  link.integrity = parts.integrity[file] ?? "";
  link.href = new URL(`/assets/${file}`, node).href;
  document.head.append(link);
}

async function load(language: string): Promise<ChatModule> {
  const parts = __PRILAVOK_PARTS__;
  const words = parts.words[language];
  for (const file of [...parts.needs, ...(words ? [words] : [])]) hold(file, parts);
  return (await import(new URL(`/assets/${parts.chat}`, node).href)) as ChatModule;
}

if (!customElements.get("prilavok-chat")) {
  GuestChat.load = load;
  if (node !== location.origin) GuestChat.embed = (host, place, language, title, acts) => embed(place, node, title, openingOf(host, language), acts);
  customElements.define("prilavok-chat", GuestChat);
}

function hang(data: DOMStringMap): void {
  const chat = document.createElement("prilavok-chat");
  for (const [name, value] of Object.entries(data)) {
    const attribute = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    chat.setAttribute(attribute === "theme" ? "data-theme" : attribute, value ?? "");
  }
  document.body.append(chat);
}

if (script && "corner" in script.dataset) {
  const { dataset } = script;
  if (document.body) hang(dataset);
  else addEventListener("DOMContentLoaded", () => hang(dataset));
}
