/** A record as a code that a phone's camera turns into a contact, drawn here while the node cannot: vCard 3.0 (RFC 2426). */

import { encode } from "uqr";
import type { Card } from "./wire.ts";

const SVG = "http://www.w3.org/2000/svg";
const VALUE_CHARS = 120;
const BORDER = 3;

export function vcard(card: Card): string {
  const { name, phone, address, city, url } = card;
  const street = address || city ? `;;${escape(address ?? "")};${escape(city ?? "")};;;` : "";
  const fields = { N: escape(name), FN: escape(name), ORG: escape(name), TEL: escape(phone ?? ""), ADR: street, URL: escape(url ?? "") };
  const lines = Object.entries(fields).flatMap(([key, value]) => (value ? [`${key}:${value}`] : []));
  return ["BEGIN:VCARD", "VERSION:3.0", ...lines, "END:VCARD", ""].join("\r\n");
}

/** Dark on light whatever the page's theme, since cameras want it so. */
export function drawCode(card: Card, label: string): SVGSVGElement {
  const { data, size } = encode(vcard(card), { ecc: "M", border: BORDER });
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const dark = data.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : [])));
  path.setAttribute("d", dark.join(""));
  path.setAttribute("fill", "#1d1b18");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.setAttribute("shape-rendering", "crispEdges");
  svg.append(path);
  return svg;
}

function escape(value: string): string {
  const flat = [...value.split(/\s+/).filter(Boolean).join(" ")].slice(0, VALUE_CHARS).join("");
  return flat.replace(/[\\,;]/g, "\\$&");
}
