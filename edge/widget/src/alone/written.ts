/** Reads the figures in a sentence: times, prices, lengths, phones and plain numbers, however they are written; as the node's
`answer/figure`. One figure may have several readings: whoever checks accepts any that is supported. */

import { compile, constant, constantPattern } from "./rules.ts";

/** Kind and value, as "price 24" or "money €"; kinds: time (minutes), price, money, number, m, km, mi, ft, phone. */
export interface Reading {
  kind: string;
  value: number | string;
}

export interface Figure {
  text: string;
  readings: Reading[];
}

const MODULE = "answer.figure";

export const readingKey = ({ kind, value }: Reading): string => `${kind} ${value}`;
export const digits = (text: string): string => text.replace(/\D/g, "");

/** The text with ordinary digits, spaces and dashes. */
export function plain(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/\p{Zs}/gu, " ")
    .replace(/[\u2010-\u2012\u2212]/g, "-")
    .replace(/\p{Nd}/gu, (digit) => String(valueOf(digit)));
}

/** Digits of a script stand in a row of ten, after a character that is none. */
function valueOf(digit: string): number {
  const code = digit.codePointAt(0) ?? 48;
  let zero = code;
  while (zero > code - 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return code < 128 ? code - 48 : (code - zero) % 10;
}

/** All figures of a text that is already plain, in order; none overlap. */
export function readFigures(text: string): Figure[] {
  const found: Figure[] = [];
  const start = constantPattern(MODULE, "START");
  for (let at = 0; ; ) {
    start.lastIndex = at;
    const match = start.exec(text);
    if (!match) return found;
    const { figure, end } = figureAt(text, match.index);
    found.push(figure);
    at = end;
  }
}

/** The values a written number can mean: "1.200" is 1200 or 1.2. */
export function numbersOf(text: string): number[] {
  const bare = text.replace(/[ '’]/g, "");
  const means = [[".", ","], [",", "."]].flatMap(([point, group]) => {
    const whole = bare.replaceAll(group as string, "");
    const pointed = whole.split(point as string).length <= 2 && grouped(bare, group as string, point as string);
    return pointed ? [Number(whole.replace(point as string, "."))] : [];
  });
  return [...new Set(means)];
}

function grouped(text: string, group: string, point: string): boolean {
  const parts = (text.split(point)[0] ?? "").split(group);
  return parts.length === 1 || ((parts[0] ?? "").length >= 1 && (parts[0] ?? "").length <= 3 && parts.slice(1).every((part) => part.length === 3));
}

/** The pattern's match that begins exactly there. */
function match(name: string, text: string, at: number): RegExpExecArray | null {
  const pattern = new RegExp(constantPattern(MODULE, name).source, constantPattern(MODULE, name).flags.replace("g", "y"));
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The figure that begins at `start`: the longest of phone, time and number. */
function figureAt(text: string, start: number): { figure: Figure; end: number } {
  const phone = match("PHONE", text, start);
  if (phone && digits(phone[0]).length >= 6 && !moneyAfter(text, start + phone[0].length)) {
    const readings = [{ kind: "phone", value: digits(phone[0]) }, ...asNumber(phone[0])];
    return { figure: { text: phone[0], readings }, end: start + phone[0].length };
  }
  const first = /\d/.test(text[start] ?? "") ? start : start + 1;
  const timed = timeAt(text, first);
  if (timed?.sure) return ended(text, start, timed.end, timed.readings);
  const number = match("ANY", text, first);
  const end = timed?.end ?? start + 1;
  if (!number) return ended(text, start, Math.max(end, first), timed?.readings ?? []);
  const numberEnd = first + number[0].length;
  const readings = [...(timed?.readings ?? []), ...(!timed || numberEnd >= end ? numeric(text, first, numberEnd) : [])];
  return ended(text, start, Math.max(end, numberEnd), readings);
}

const ended = (text: string, start: number, end: number, readings: Reading[]): { figure: Figure; end: number } => ({ figure: { text: text.slice(start, end), readings }, end });

/** `sure`: a half of the day or a word beside it leaves no other reading. */
function timeAt(text: string, first: number): { end: number; readings: Reading[]; sure: boolean } | null {
  for (const name of ["TIME", "HOUR"]) {
    const found = match(name, text, first);
    if (!found) continue;
    const half = name === "TIME" ? found[3] : found[2];
    const value = minutes(Number(found[1]), name === "TIME" ? Number(found[2]) : 0, half);
    if (value === null) continue;
    const end = Math.max(first, first + found[0].length - (found[0].endsWith(" ") ? 1 : 0));
    return { end, readings: [{ kind: "time", value }], sure: name === "HOUR" || Boolean(half) };
  }
  return null;
}

/** Readings of a number by what stands beside it. */
function numeric(text: string, start: number, end: number): Reading[] {
  const written = text.slice(start, end);
  const values = numbersOf(written);
  const money = moneyAfter(text, end) || moneyBefore(text, start);
  if (money) return [...values.map((value) => ({ kind: "price", value })), { kind: "money", value: money }];
  const unit = /^\s?([\p{L}]+)(?![\p{L}\p{N}_])/u.exec(text.slice(end));
  const length = unit && constant<Record<string, string>>(MODULE, "UNITS")[(unit[1] ?? "").toLowerCase()];
  if (length) return values.map((value) => ({ kind: length, value }));
  const said: Reading[] = values.map((value) => ({ kind: "number", value }));
  const clock = compile({ pattern: constant<string>(MODULE, "CLOCK_BEFORE"), ignore_case: true });
  if (/^\d{1,2}$/.test(written) && Number(written) <= 24 && clock.test(text.slice(0, start))) said.push({ kind: "time", value: (Number(written) % 24) * 60 });
  return said;
}

function moneyAfter(text: string, end: number): string {
  const after = text.slice(end).replace(/^ /, "");
  if (/^\p{Sc}/u.test(after)) return after[0] ?? "";
  const word = /^\p{L}+/u.exec(after)?.[0] ?? "";
  const named = compile({ pattern: `^(?:${constant<string>(MODULE, "MONEY_WORDS")})$`, ignore_case: true });
  return word && (currencies().has(word) || named.test(word)) ? word : "";
}

function moneyBefore(text: string, start: number): string {
  const before = text.slice(0, start).trimEnd();
  if (/\p{Sc}$/u.test(before)) return before.slice(-1);
  return currencies().has(before.slice(-3)) ? before.slice(-3) : "";
}

let codes: Set<string> | null = null;

/** ISO 4217 codes. */
export function currencies(): Set<string> {
  codes ??= new Set(Intl.supportedValuesOf("currency"));
  return codes;
}

function asNumber(text: string): Reading[] {
  const whole = compile({ pattern: `^(?:${constant<string>(MODULE, "NUMBER")})$`, ignore_case: false });
  return whole.test(text) ? numbersOf(text).map((value) => ({ kind: "number", value })) : [];
}

function minutes(hour: number, minute: number, half: string | undefined): number | null {
  if (hour > 24 || minute > 59 || (half && !(hour >= 1 && hour <= 12))) return null;
  const full = half ? (hour % 12) + (half.toLowerCase() === "p" ? 12 : 0) : hour;
  return (full % 24) * 60 + minute;
}
