/** Puts a conversation away for the next page of the same visit, and takes it up again. For one tab and no longer;
never on a shared screen. */

import type { Saved, Turn } from "./conversation.ts";

const KEY = "prilavok.conversation";
const FORM = 1;
const LIMIT_CHARS = 400_000;

export function keep(saved: Saved): void {
  try {
    const text = JSON.stringify({ form: FORM, ...saved });
    if (saved.turns.length && text.length <= LIMIT_CHARS) sessionStorage.setItem(KEY, text);
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage is closed or full: the conversation lasts as long as the page.
  }
}

/** What was put away in this tab, or null; anything that is not in our form is left alone. */
export function kept(): Saved | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as ({ form?: number } & Partial<Saved>) | null;
    if (found?.form !== FORM || !/^[0-9a-f]{32}$/.test(String(found.session)) || !Array.isArray(found.turns)) return null;
    const requests = Array.isArray(found.requests) ? found.requests.map(String) : [];
    return { session: String(found.session), requests, turns: found.turns.filter(whole) };
  } catch {
    return null;
  }
}

function whole(turn: Partial<Turn> | null): boolean {
  return typeof turn?.question === "string" && typeof turn.text === "string" && Array.isArray(turn.grounding?.cards);
}
