/** Which provider a person names, in full or as people shorten names; as the node's `answer/name`. */

import { type Word, words } from "./lexicon.ts";
import { constant } from "./rules.ts";

export interface Named {
  id: string;
  city: string | null;
  categories: string[];
  full: boolean;
}

export interface NameMention {
  providers: Named[];
  start: number;
  end: number;
  full: boolean;
  capital: boolean;
}

export type Lookup = (keys: string[]) => Map<string, Named[]>;

export function findNames(text: string, lookup: Lookup): NameMention[] {
  const written = words(text).slice(0, constant<number>("answer.name", "MOST_WORDS"));
  const lower = text === text.toLowerCase();
  const spans = new Map<string, [number, number][]>();
  written.forEach((_, start) => {
    let key = "";
    for (let end = start + 1; end <= Math.min(start + constant<number>("answer.name", "LONGEST"), written.length); end++) {
      key = `${key} ${written[end - 1]?.folded}`.trimStart();
      if (mayBeName(written.slice(start, end), lower)) spans.set(key, [...(spans.get(key) ?? []), [start, end]]);
    }
  });
  const found = [...lookup([...spans.keys()])].flatMap(([key, providers]) =>
    (spans.get(key) ?? []).map(([start, end]): NameMention => {
      return { providers, start, end, full: providers.some((one) => one.full), capital: capital(written.slice(start, end), lower) };
    }),
  );
  return longest(found);
}

function mayBeName(run: Word[], lower: boolean): boolean {
  const first = run[0] as Word;
  return run.length > 1 || (first.folded.length >= 3 && (capital(run, lower) || !/^\p{L}/u.test(first.text)));
}

/** Written as names are: with a capital or a figure, or long enough to be nothing else. */
function capital(run: Word[], lower: boolean): boolean {
  return lower || run.length > 3 || run.some((word) => /^[\p{Lu}\p{Lt}\p{Nd}]/u.test(word.text));
}

function longest(mentions: NameMention[]): NameMention[] {
  const kept: NameMention[] = [];
  const order = (a: NameMention, b: NameMention): number => a.start - a.end - (b.start - b.end) || Number(!a.full) - Number(!b.full) || a.start - b.start;
  for (const mention of mentions.sort(order)) {
    if (kept.every((one) => mention.end <= one.start || mention.start >= one.end)) kept.push(mention);
  }
  return kept.sort((a, b) => a.start - b.start);
}

/** Of the providers a mention may name, those that fit the place and kind spoken of, as far as any do. */
export function settle(mention: NameMention, cities: string[], categories: string[]): Named[] {
  const all = mention.providers;
  let left = all;
  const tests = [(one: Named): boolean => cities.includes(one.city ?? ""), (one: Named): boolean => one.categories.some((id) => categories.includes(id))];
  for (const fits of tests) {
    const both = left.filter(fits);
    if (both.length) left = both;
  }
  const full = left.filter((one) => one.full);
  return full.length ? full : left;
}
