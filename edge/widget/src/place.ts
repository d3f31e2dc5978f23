/** Where a record is and how to reach it, as links that a browser opens. Nothing here dials or loads anything. */

import type { Card } from "./wire.ts";

/** `tel:` link, or null where there are no digits to call. */
export function phoneAddress(phone: string): string | null {
  const digits = phone.replace(/[^\d+]/g, "").replace(/(?!^)\+/g, "");
  return /\d{2,}/.test(digits) ? `tel:${digits}` : null;
}

export function placeLine(card: Card): string {
  const address = card.address ?? "";
  const city = card.city && !address.includes(card.city) ? card.city : "";
  return [address, city].filter(Boolean).join(", ");
}

export function coordinates(card: Card): string | null {
  if (card.lat == null || card.lon == null) return null;
  return `${card.lat.toFixed(5)}, ${card.lon.toFixed(5)}`;
}

/** Only web addresses become links; anything else a record holds stays text. */
export function webAddress(url: string | null | undefined): string | null {
  if (!url) return null;
  try {
    const parsed = new URL(url);
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : null;
  } catch {
    return null;
  }
}

/** The phone's own map where there is one (works offline), else OpenStreetMap while the line is up. */
export function mapAddress(card: Card, online: boolean, agent: string = navigator.userAgent): string | null {
  if (card.lat == null || card.lon == null) return null;
  const point = `${card.lat.toFixed(6)},${card.lon.toFixed(6)}`;
  if (/Android/.test(agent)) return `geo:${point}?q=${point}(${encodeURIComponent(card.name)})`;
  if (!online) return null;
  const [lat, lon] = point.split(",");
  return `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=18/${lat}/${lon}`;
}
