/** Icons from the sprite that the build makes, read as text: no markup is parsed, for a document of all of them would
hold up the page for longer than anything else in it. Each symbol is `<symbol id="…" viewBox="…">` with paths alone. */

declare const __ICONS__: string;

const SVG = "http://www.w3.org/2000/svg";
const FALLBACK = "maki-shop";

let sprite: Promise<string> | null = null;

function load(): Promise<string> {
  sprite ??= fetch(new URL(__ICONS__, import.meta.url), { credentials: "omit" }).then((reply) => (reply.ok ? reply.text() : ""));
  sprite.catch(() => (sprite = null)); // the next icon asks again
  return sprite;
}

interface Drawing {
  box: string;
  paths: string[];
}

const drawings = new Map<string, Drawing | null>();

/** A symbol of the sprite by its name, or null. */
export function drawingOf(sheet: string, name: string): Drawing | null {
  const at = sheet.indexOf(`<symbol id="${name}" `);
  if (at < 0) return null;
  const symbol = sheet.slice(at, sheet.indexOf("</symbol>", at));
  const box = /viewBox="([^"]*)"/.exec(symbol)?.[1] ?? "0 0 15 15";
  return { box, paths: Array.from(symbol.matchAll(/ d="([^"]*)"/g), (path) => path[1] as string) };
}

function drawing(sheet: string, name: string): Drawing | null {
  let found = drawings.get(name);
  if (found === undefined) drawings.set(name, (found = drawingOf(sheet, name)));
  return found;
}

/** An empty drawing at once; its shape arrives when the sprite does. Decorative: the word stands beside it. */
export function icon(name: string | null | undefined): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  load().then((sheet) => fillIn(svg, (name && drawing(sheet, name)) || drawing(sheet, FALLBACK)), () => undefined);
  return svg;
}

function fillIn(svg: SVGSVGElement, drawn: Drawing | null): void {
  if (!drawn) return;
  svg.setAttribute("viewBox", drawn.box);
  for (const d of drawn.paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
}
