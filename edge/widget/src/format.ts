/** Times, prices, distances and counts by the habit of the language and the market's country. No words of its own. */

import type { Count, Words } from "./words/words.ts";
import type { Market, Opening } from "./wire.ts";

/** Countries that measure ways in miles. */
const MILES = new Set(["US", "GB", "LR", "MM"]);
const METRES_A_MILE = 1609.344;
const DAY_MS = 86_400_000;

export function say(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

const formats = new Map<string, unknown>();

/** A formatter of the browser's, made once: making one costs a thousand times what using it does. */
function once<O, F>(kind: new (locale: string, options: O) => F, locale: string, options: O): F {
  const key = `${kind.name} ${locale} ${JSON.stringify(options)}`;
  let format = formats.get(key) as F | undefined;
  if (!format) formats.set(key, (format = new kind(locale, options)));
  return format;
}

/** The language as spoken in the market's country where it is at home there; English elsewhere is not American. */
function localeOf(language: string, country: string | null | undefined): string {
  if (country && /^[A-Z]{2}$/.test(country) && new Intl.Locale(`und-${country}`).maximize().language === language) {
    return `${language}-${country}`;
  }
  return language === "en" && country ? "en-GB" : language;
}

/** What of a market decides how things are written. */
export type Habits = Pick<Market, "country" | "currency" | "time_zone">;

export class Format {
  readonly language: string;
  readonly words: Words;
  private readonly locale: string;
  private readonly miles: boolean;
  private readonly zone: string;
  private readonly currency: string | null;

  constructor(language: string, words: Words, market: Habits | null) {
    this.language = language;
    this.words = words;
    this.locale = localeOf(language, market?.country);
    this.miles = MILES.has(market?.country ?? "");
    this.zone = market?.time_zone ?? "UTC";
    this.currency = market?.currency ?? null;
  }

  count(n: number, forms: Count): string {
    const form = forms[once(Intl.PluralRules, this.language, {}).select(n)] ?? forms.other;
    return say(form, { n: this.number(n) });
  }

  number(n: number, digits = 0): string {
    return once(Intl.NumberFormat, this.locale, { maximumFractionDigits: digits }).format(n);
  }

  rating(n: number): string {
    return once(Intl.NumberFormat, this.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(n);
  }

  price(amount: number, currency: string | null | undefined): string {
    const unit = currency ?? this.currency;
    if (!unit) return this.number(amount, 2);
    const digits = Number.isInteger(amount) ? 0 : 2;
    const style = { style: "currency", currency: unit, minimumFractionDigits: digits, maximumFractionDigits: digits } as const;
    try {
      return once(Intl.NumberFormat, this.locale, style).format(amount);
    } catch {
      return `${this.number(amount, 2)} ${unit}`; // not an ISO 4217 code
    }
  }

  /** The market's currency sign, repeated: 2 → "€€". */
  priceBand(band: number): string {
    const parts = this.currency
      ? once(Intl.NumberFormat, this.locale, { style: "currency", currency: this.currency, currencyDisplay: "narrowSymbol" }).formatToParts(0)
      : [];
    const sign = parts.find((part) => part.type === "currency")?.value ?? "¤";
    return sign.repeat(Math.max(1, Math.min(4, Math.round(band))));
  }

  distance(metres: number): string {
    if (this.miles) return this.unit(metres / METRES_A_MILE, "mile", 1);
    if (metres < 995) return this.unit(Math.max(10, Math.round(metres / 10) * 10), "meter", 0);
    return this.unit(metres / 1000, "kilometer", metres < 9950 ? 1 : 0);
  }

  date(iso: string): string {
    const date = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
    if (Number.isNaN(date.getTime())) return iso;
    const year = iso.slice(0, 4) === String(new Date().getFullYear()) ? undefined : ("numeric" as const);
    return once(Intl.DateTimeFormat, this.locale, { day: "numeric", month: "long", ...(year && { year }), timeZone: "UTC" }).format(date);
  }

  /** "Open until 20:00", "Closed, opens tomorrow at 9:00"; `now` is the real moment. */
  opening(opening: Opening, now: Date): string {
    const words = this.words;
    if (opening.state === "open") {
      const until = wallTime(opening.until);
      return until ? say(words.openUntil, { time: this.moment(until, now, true) }) : words.open;
    }
    const opens = wallTime(opening.opens);
    return opens ? say(words.opens, { time: this.moment(opens, now, false) }) : words.closed;
  }

  /** A wall time as near as it needs naming: the time, "tomorrow at …", or with its weekday. */
  private moment(wall: Date, now: Date, closing: boolean): string {
    const time = this.clock(wall);
    const days = Math.floor(wall.getTime() / DAY_MS) - Math.floor(this.wallNow(now).getTime() / DAY_MS);
    const smallHours = closing && days === 1 && wall.getUTCHours() < 6;
    if (days === 0 || smallHours) return time;
    if (days === 1 && !closing) return say(this.words.tomorrowAt, { time });
    const style = days > 0 && days < 7 ? ({ weekday: "short" } as const) : ({ day: "numeric", month: "short" } as const);
    return `${once(Intl.DateTimeFormat, this.locale, { ...style, timeZone: "UTC" }).format(wall)}, ${time}`;
  }

  /** A time of day; `wall` has it in its UTC fields. */
  clock(wall: Date): string {
    return once(Intl.DateTimeFormat, this.locale, { hour: "numeric", minute: "2-digit", timeZone: "UTC" }).format(wall);
  }

  /** The market's wall clock, carried in the UTC fields of a Date. */
  private wallNow(now: Date): Date {
    const parts = once(Intl.DateTimeFormat, "en-CA", {
      timeZone: this.zone, hourCycle: "h23",
      year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
    }).formatToParts(now);
    const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((one) => one.type === type)?.value ?? "";
    return new Date(`${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:00Z`);
  }

  private unit(value: number, unit: string, digits: number): string {
    return once(Intl.NumberFormat, this.locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits }).format(value);
  }

  /** OSM opening hours with the days named in the language; one rule a line; whatever else stands there stays. */
  hours(rule: string, closed = this.words.closed.toLowerCase()): string {
    const days = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
    const style = once(Intl.DateTimeFormat, this.locale, { weekday: "short", timeZone: "UTC" });
    const named = days.map((_, index) => style.format(new Date(Date.UTC(2024, 0, 1 + index)))); // 1 January 2024 was a Monday
    return rule
      .replace(/\b(Mo|Tu|We|Th|Fr|Sa|Su)\b/g, (day) => named[days.indexOf(day)] ?? day)
      .replace(/(\w)-(?=\p{L})/gu, "$1–")
      .replace(/(\d)-(?=\d)/g, "$1–")
      .replace(/\boff\b/g, closed)
      .replace(/\s*;\s*/g, "\n");
  }
}

function wallTime(iso: string | null | undefined): Date | null {
  const match = iso ? /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(iso) : null;
  return match ? new Date(`${match[1]}T${match[2]}:00Z`) : null;
}
