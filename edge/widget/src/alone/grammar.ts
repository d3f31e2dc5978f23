/** The grammar of one answer: everything a model may write for this draft, and nothing else; as the node's `answer/grammar`.
An answer is a row of lines, one sentence each; every choice in a line is between texts that the draft and the node's sentences
give, in the order that retrieval chose. */

import type { Card } from "../wire.ts";
import { statedLines, valueOf } from "./compose.ts";
import * as listing from "./listing.ts";
import { fill, type Voice } from "./voice.ts";

export type Node = string | { row: Node[] } | { options: Node[] };

/** One sentence: what a model may write for it, and the template's in its place. */
export interface Line {
  node: Node;
  template: string;
}

const DETAILS = 3;
const FACTS: Record<string, string> = { phone: "phone", address: "address", hours: "hours", price: "price", rating: "rating_fact", url: "url", email: "email" };

/** The grammar in llama.cpp's notation: the lines in order, a line break between. */
export function gbnf(lines: Line[]): string {
  const rules = lines.map(({ node }, at) => `line${at} ::= ${rule(node)}`);
  const root = lines.map((_, at) => `line${at}`).join(' "\\n" ');
  return `${[`root ::= ${root}`, ...rules].join("\n")}\n`;
}

/** Whether the line's grammar has this text: a second look, for an engine that ignores grammars. */
export function allows({ node }: Line, text: string): boolean {
  return new RegExp(`^(?:${pattern(node)})$`, "u").test(text);
}

/** The lines of a draft that a model may phrase; empty where only the template may speak. */
export function linesOf(voice: Voice): Line[] {
  const { understood, cards, facts, result } = voice.draft;
  if (!cards.length || (!understood.query.categories.length && !facts.length)) return [];
  const [fact] = facts;
  if (understood.intent === "fact" && fact && facts.length === 1) return factLines(voice, fact);
  const namedAlone = understood.providers.length > 0 && cards.every((card) => understood.providers.includes(card.id));
  if (understood.intent !== "find" || result.found === "none" || namedAlone) return [];
  return [...opening(voice), ...cards.slice(0, listing.NAMED).map((card) => item(voice, card))];
}

/** The asked fact in one of its wordings, then what the template adds to it. */
function factLines(voice: Voice, fact: Voice["draft"]["facts"][number]): Line[] {
  const key = FACTS[fact.field];
  if (key === undefined || fact.value === null) return [];
  const [first = "", ...rest] = statedLines(voice);
  const values = { who: voice.who(fact.provider), value: valueOf(voice, fact) };
  const wordings = voice.variants(`phrase.${key}`).map((wording) => fill(wording, values));
  return [{ node: { options: wordings }, template: first }, ...rest.map((text) => ({ node: text, template: text }))];
}

/** How many fit, or what was let go and how many come close; only the first has choices. */
function opening(voice: Voice): Line[] {
  const { cards, result } = voice.draft;
  const same = (text: string): Line => ({ node: text, template: text });
  if (result.found === "relaxed") return [listing.letGo(voice), voice.say("phrase.rest", { count: cards.length })].map(same);
  const template = listing.exact(voice)[0] ?? "";
  const subject = listing.subjectOf(voice);
  if (!subject || cards.length === 1 || result.total > cards.length) return [same(template)];
  const places = voice.say("phrase.places", { count: cards.length });
  return [{ node: { options: voice.variants("phrase.opening").map((wording) => fill(wording, { subject, places })) }, template }];
}

/** One place with all the details the template gives it, the asked-for first: words and order are chosen. */
function item(voice: Voice, card: Card): Line {
  const said = listing.details(voice, card, true).slice(0, DETAILS);
  const template = `${listing.item(voice, card, said)}.`;
  const [first, ...rest] = said.map((detail) => wordings(voice, detail));
  if (!first) return { node: template, template };
  const rows = orders(rest).map((order) => chain(voice, [first, ...order]));
  const nodes = voice.variants("phrase.item").map((wording) => {
    const [before = "", after = ""] = fill(wording, { who: voice.who(card.id), details: "\u0001" }).split("\u0001");
    return { row: [before, { options: rows }, after] };
  });
  return { node: { options: nodes }, template };
}

function wordings(voice: Voice, detail: listing.Detail): Node {
  const patterns = voice.variants(`phrase.${detail.key}`);
  return patterns.length ? { options: patterns.map((wording) => fill(wording, detail.values)) } : listing.said(voice, detail);
}

function orders<T>(items: T[]): T[][] {
  return items.length < 2 ? [items] : items.flatMap((one, at) => orders(items.toSpliced(at, 1)).map((rest) => [one, ...rest]));
}

/** Up to three parts joined as the language joins them. */
function chain(voice: Voice, parts: Node[]): Node {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const marks = ["\u0001", "\u0002", "\u0003"].slice(0, parts.length);
  const names = Object.fromEntries(marks.map((mark, at) => [["one", "two", "three"][at] ?? "", mark]));
  const text = voice.say(parts.length === 2 ? "phrase.pair" : "phrase.triple", names);
  const pieces = text.split(/([\u0001-\u0003])/).filter(Boolean);
  return { row: pieces.map((piece) => parts[marks.indexOf(piece)] ?? piece) };
}

function rule(node: Node): string {
  if (typeof node === "string") return `"${node.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", " ")}"`;
  if ("row" in node) return node.row.map(rule).join(" ");
  return `(${node.options.map(rule).join(" | ")})`;
}

function pattern(node: Node): string {
  if (typeof node === "string") return node.replaceAll("\n", " ").replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  if ("row" in node) return node.row.map(pattern).join("");
  return `(?:${node.options.map(pattern).join("|")})`;
}
