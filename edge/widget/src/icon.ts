/** Icons from the sprite that the build makes. Loaded once as an XML document: no markup is parsed from strings. */

declare const __ICONS__: string;

const SVG = "http://www.w3.org/2000/svg";
const FALLBACK = "maki-shop";

let sprite: Promise<Document | null> | null = null;

function load(): Promise<Document | null> {
  sprite ??= new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("GET", new URL(__ICONS__, import.meta.url));
    request.responseType = "document";
    request.overrideMimeType("image/svg+xml");
    request.onload = () => resolve(request.status === 200 ? request.responseXML : null);
    request.onerror = () => {
      sprite = null; // the next icon asks again
      resolve(null);
    };
    request.send();
  });
  return sprite;
}

/** An empty drawing at once; its shape arrives when the sprite does. Decorative: the word stands beside it. */
export function icon(name: string | null | undefined): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  void load().then((sheet) => {
    const symbol = sheet && ((name && sheet.getElementById(name)) || sheet.getElementById(FALLBACK));
    if (!symbol) return;
    svg.setAttribute("viewBox", symbol.getAttribute("viewBox") ?? "0 0 15 15");
    svg.replaceChildren(...Array.from(symbol.childNodes, (node) => document.importNode(node, true)));
  });
  return svg;
}
