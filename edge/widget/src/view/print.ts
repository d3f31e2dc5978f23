/** Prints one card: a page of its own in a hidden frame, so that nothing of the page around us is on the paper. */

import { coordinates, placeLine } from "../place.ts";
import { say } from "../format.ts";
import type { Card } from "../wire.ts";
import type { Scene } from "./scene.ts";

const STYLE = `
body { font: 14pt/1.4 system-ui, sans-serif; color: #000; margin: 12mm; max-width: 90mm }
h1 { font-size: 20pt; line-height: 1.2; margin: 0 0 4mm }
dl { display: grid; grid-template-columns: auto 1fr; gap: 1mm 5mm; margin: 0 0 5mm }
dt { color: #444 } dd { margin: 0; white-space: pre-line; overflow-wrap: anywhere }
img { width: 45mm; height: 45mm; image-rendering: pixelated }
footer { margin-top: 5mm; font-size: 10pt; color: #444 }`;

export async function printCard(card: Card, codeAddress: string, scene: Scene, home: ShadowRoot | Document): Promise<void> {
  const frame = document.createElement("iframe");
  frame.setAttribute("aria-hidden", "true");
  frame.tabIndex = -1;
  frame.style.cssText = "position:fixed;inline-size:0;block-size:0;border:0;visibility:hidden";
  (home instanceof Document ? home.body : home).append(frame);
  const view = frame.contentWindow as (Window & typeof globalThis) | null;
  if (!view) return frame.remove();
  const code = draw(view, card, codeAddress, scene);
  await code.decode().catch(() => code.remove());
  view.addEventListener("afterprint", () => setTimeout(() => frame.remove()));
  view.print();
}

/** Fills the frame's page; gives the picture of the code, which may be still on its way. */
function draw(view: Window & typeof globalThis, card: Card, codeAddress: string, scene: Scene): HTMLImageElement {
  const page = view.document;
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(STYLE);
  page.adoptedStyleSheets = [sheet];
  page.documentElement.lang = scene.format.language;
  page.documentElement.dir = scene.words.direction;
  page.title = card.name;
  const put = (tag: string, text: string): HTMLElement => Object.assign(page.createElement(tag), { textContent: text, dir: "auto" });
  const list = page.createElement("dl");
  for (const [term, value] of rows(card, scene)) list.append(put("dt", term), put("dd", value));
  const code = page.createElement("img");
  code.alt = say(scene.words.takeOf, { name: card.name });
  code.src = codeAddress;
  const main = page.createElement("main");
  main.append(put("h1", card.name), list, code);
  page.body.replaceChildren(main, put("footer", scene.market?.name ?? "Prilavok"));
  return code;
}

function rows(card: Card, scene: Scene): [string, string][] {
  const { words, format } = scene;
  const all: [string, string | null | undefined][] = [
    [words.phone, card.phone],
    [words.address, placeLine(card)],
    [words.hours, card.hours && format.hours(card.hours)],
    [words.website, card.url],
    [words.coordinates, coordinates(card)],
  ];
  return all.filter((row): row is [string, string] => Boolean(row[1]));
}
