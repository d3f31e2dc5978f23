/** Open or closed at a moment, and the next change, out of the weeks that the node made of opening hours.
Moments are wall time of the market in the UTC fields of a Date. */

import type { Opening } from "../wire.ts";

/** [from, until] in minutes of a day; a third element where it is not known. */
type Span = [number, number] | [number, number, number];

export interface Week {
  days: Span[][];
  otherwise: Record<string, Span[]>;
}

const DAY_MS = 86_400_000;
const DAY_MIN = 1440;
const HORIZON_DAYS = 366;

const dayOf = (at: Date): number => Math.floor(at.getTime() / DAY_MS);
const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

function spansOf(week: Week, day: number): Span[] {
  return week.otherwise[dateOf(day)] ?? week.days[(day + 3) % 7] ?? []; // 1 January 1970 was a Thursday
}

export function stateAt(week: Week | null, at: Date): Opening["state"] {
  if (!week) return "unknown";
  const minute = (at.getTime() - dayOf(at) * DAY_MS) / 60_000;
  const span = spansOf(week, dayOf(at)).find(([from, until]) => from <= minute && minute < until);
  return span ? (span[2] ? "unknown" : "open") : "closed";
}

export function openingAt(week: Week | null, at: Date): Opening {
  const state = stateAt(week, at);
  if (!week || state === "unknown") return { state: "unknown" };
  const next = state === "open" ? leaves(week, at) : opens(week, at);
  const wall = next === null ? null : new Date(next * 60_000).toISOString().slice(0, 19);
  return state === "open" ? { state, until: wall } : { state, opens: wall };
}

/** Known open spans from a moment on, in minutes since 1970, those that touch joined. */
function* openSpans(week: Week, from: number): Generator<[number, number]> {
  let held: [number, number] | null = null;
  for (let day = from; day <= from + HORIZON_DAYS; day++) {
    for (const [start, until, unknown] of spansOf(week, day)) {
      if (unknown) continue;
      const [begin, end] = [day * DAY_MIN + start, day * DAY_MIN + until];
      if (held && held[1] === begin) held[1] = end;
      else {
        if (held) yield held;
        held = [begin, end];
      }
    }
  }
  if (held) yield held;
}

function leaves(week: Week, at: Date): number | null {
  const minute = at.getTime() / 60_000;
  for (const [begin, end] of openSpans(week, dayOf(at))) {
    if (begin <= minute && minute < end) return end > (dayOf(at) + HORIZON_DAYS) * DAY_MIN ? null : end;
  }
  return null;
}

function opens(week: Week, at: Date): number | null {
  const minute = at.getTime() / 60_000;
  for (const [begin] of openSpans(week, dayOf(at))) if (begin > minute) return begin;
  return null;
}
