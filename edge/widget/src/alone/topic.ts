/** Which category a message is about, given what the conversation was about before; as the node's `answer/topic`. */

import { type AttributeMention, isFlag } from "./attribute.ts";
import type { CategoryMention } from "./category.ts";
import { words } from "./lexicon.ts";
import type { Knowledge, Reading } from "./reading.ts";
import { constant, constantSet } from "./rules.ts";

/** `known` where the catalogue has it, `named` when not implied. */
export interface Topic {
  ids: string[];
  known: boolean;
  named: boolean;
}

const number = (name: string): number => constant<number>("answer.topic", name);

export function findTopic(reading: Reading, current: string[], knowledge: Knowledge): Topic | null {
  const said = joined(reading.categories).filter((one) => counts(one, reading, current));
  let present = sought(said.filter((one) => isPresent(one.id, knowledge)), reading);
  const implied = impliedCategories(reading, current, knowledge);
  if (implied.length) present = present.filter((one) => one.score >= number("LEAVING") && !explained(one, reading));
  if (present.length) return ofPresent(present, implied, current, knowledge);
  if (implied.length) return { ids: implied, known: true, named: false };
  const absent = reading.categories.filter((one) => one.exact && one.score >= number("ABSENT_SURE") && !explained(one, reading));
  if (!absent.length || (current.length && !reading.cues.has("search"))) return null;
  const best = absent.reduce((first, other) => (other.end - other.start - (first.end - first.start) || other.score - first.score) > 0 ? other : first);
  return { ids: [best.id], known: false, named: true };
}

/** Is a mention sure enough? To leave a topic takes more than to begin one or to stay with it. */
function counts(mention: CategoryMention, reading: Reading, current: string[]): boolean {
  if (current.includes(mention.id)) return mention.score >= number("SURE");
  if (current.length && beside(mention, reading)) return false;
  const begins = !current.length || reading.cues.has("search");
  const least = begins ? (mention.exact ? "SURE" : "SURE_INFLECTED") : mention.exact ? "LEAVING" : "LEAVING_INFLECTED";
  return mention.score >= number(least);
}

/** Only something the place should have ("with a pool")? */
function beside(mention: CategoryMention, reading: Reading): boolean {
  const before = words(reading.text).slice(Math.max(0, mention.start - 2), mention.start);
  return before.some((word) => constantSet("answer.topic", "WITH").has(word.folded));
}

/** Without what only says where the rest, named before it, should be, or what it should have. */
function sought(mentions: CategoryMention[], reading: Reading): CategoryMention[] {
  const written = words(reading.text);
  const says = new Set([...constantSet("answer.topic", "BESIDE"), ...constantSet("answer.topic", "WITH")]);
  const beside = (mention: CategoryMention): boolean => {
    for (let at = Math.max(0, mention.start - number("BESIDE_REACH")); at < mention.start; at += 1)
      if (says.has(written[at]?.folded ?? "") && mentions.some((other) => other.end <= at)) return true;
    return false;
  };
  return mentions.filter((mention) => !beside(mention));
}

/** With one more for each category that faint words in several places mean, as sure as all of them. */
function joined(mentions: CategoryMention[]): CategoryMention[] {
  const more: CategoryMention[] = [];
  for (const id of new Set(mentions.map((mention) => mention.id))) {
    const said = mentions.filter((mention) => mention.id === id && mention.score >= number("SURE"));
    const apart = new Map<number, number>();
    for (const one of said) apart.set(one.start, Math.max(one.score, apart.get(one.start) ?? 0));
    const [first] = said;
    if (!first || apart.size < 2 || Math.max(...apart.values()) >= number("NAMED")) continue;
    const doubt = [...apart.values()].reduce((product, score) => product * (1 - score), 1);
    more.push({ ...first, score: 1 - doubt, end: Math.max(...said.map((mention) => mention.end)) });
  }
  return [...mentions, ...more];
}

/** The best of the categories the catalogue has: the surest, then the longer said, then the commoner. */
function ofPresent(present: CategoryMention[], implied: string[], current: string[], knowledge: Knowledge): Topic {
  const top = Math.max(...present.map((one) => one.score));
  const best = present.filter((one) => one.score >= top - 0.1);
  const longest = Math.max(...best.map((one) => one.end - one.start));
  const chosen = top > 0.8 ? best.filter((one) => one.end - one.start === longest) : best;
  const ids = [...new Set(chosen.map((one) => knownId(one.id, knowledge)))];
  const staying = ids.filter((id) => current.includes(id));
  if (staying.length) return { ids: staying, known: true, named: true };
  const agreed = ids.filter((id) => implied.includes(id));
  if (agreed.length) return { ids: agreed, known: true, named: true };
  const count = (one: CategoryMention): number => knowledge.counts[knownId(one.id, knowledge)] ?? 0;
  const first = chosen.reduce((lead, other) => ((other.score - lead.score || count(other) - count(lead)) > 0 ? other : lead));
  const same = chosen.filter((one) => one.start === first.start && one.end === first.end && one.score >= first.score - 0.02);
  return { ids: [...new Set(same.map((one) => knownId(one.id, knowledge)))], known: true, named: true };
}

/** Categories that state what is spoken of, where the current ones do not; of several the commonest. */
function impliedCategories(reading: Reading, current: string[], knowledge: Knowledge): string[] {
  const told = new Set(reading.attributes.filter((one) => isFlag(one.meaning)).map((one) => one.start)).size;
  for (const mention of tellingFirst(reading.attributes)) {
    if (isFlag(mention.meaning) && told < number("TELLING_FLAGS")) continue;
    const categories = knowledge.attributes.statedBy(mention.meaning.key, mention.meaning.any_of);
    const ids = Object.keys(categories);
    if (!ids.length || current.some((id) => id in categories)) return [];
    const best = ids.reduce((lead, other) => ((categories[other] ?? 0) > (categories[lead] ?? 0) ? other : lead));
    if ((categories[best] ?? 0) * 2 > Object.values(categories).reduce((sum, count) => sum + count, 0)) return [best];
  }
  return [];
}

/** Kinds tell what is meant better than yes/no attributes, which many categories share. */
function tellingFirst(mentions: AttributeMention[]): AttributeMention[] {
  return [...mentions.filter((one) => !isFlag(one.meaning)), ...mentions.filter((one) => isFlag(one.meaning))];
}

function isPresent(id: string, knowledge: Knowledge): boolean {
  return knownId(id, knowledge) in knowledge.counts || Object.keys(knowledge.counts).some((one) => one.startsWith(`${id}/`));
}

/** The category itself, or the nearest above it that the catalogue has. */
export function knownId(id: string, knowledge: Knowledge): string {
  let above = id;
  while (!(above in knowledge.counts) && above.split("/").length > 2) above = above.slice(0, above.lastIndexOf("/"));
  return above in knowledge.counts ? above : id;
}

function explained(mention: CategoryMention, reading: Reading): boolean {
  return reading.attributes.some((one) => one.start < mention.end && mention.start < one.end && !isFlag(one.meaning));
}
