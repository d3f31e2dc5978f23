/** Answers a question in the page: understand, search, choose, compose, over what was kept of the node's catalogue.
The same stages as on the node; facts are copied from records, and no model writes a word. */

import type { Grounding, Market, Message } from "../wire.ts";
import { cardsOf, chipsOf, factsOf } from "./card.ts";
import { Catalog, type Database } from "./catalog.ts";
import { choose } from "./choose.ts";
import { compose } from "./compose.ts";
import { type Phrasing, phrasingOf } from "./phrasing.ts";
import { learnConcepts } from "./concept.ts";
import { learnEmergencies } from "./emergency.ts";
import { LanguageModel } from "./fasttext.ts";
import type { Head } from "./parts.ts";
import type { Near, Result } from "./query.ts";
import { Knowledge } from "./reading.ts";
import { learnConstants, type MarketData, type Rules } from "./rules.ts";
import { Search } from "./search.ts";
import { Taxonomy, WordList } from "./taxonomy.ts";
import { type Shown, understand, type Understood } from "./understand.ts";
import { Voice } from "./voice.ts";

const GUESSES = 8;
const MOST_REMEMBERED = 200;
const CATEGORIES = 24;
const EXAMPLES = 4;

export interface Question {
  messages: Message[];
  language: string | null;
  near?: Near | null;
  /** Market-local wall time in the UTC fields; the page's clock where it is not given. */
  now?: Date;
}

export interface Answer {
  grounding: Grounding;
  text: string;
  /** Where a model may phrase it. */
  phrasing: Phrasing | null;
  understood: Understood;
  result: Result;
}

export class Engine {
  private readonly rules: Rules;
  private readonly data: MarketData;
  private readonly head: Pick<Head, "catalog_version" | "made_at" | "providers">;
  private readonly catalog: Catalog;
  private readonly taxonomy: Taxonomy;
  private readonly search: Search;
  private readonly knowledge: Knowledge;
  private readonly model: LanguageModel;
  /** What was shown, by the conversation it ended. */
  private readonly shown = new Map<string, Shown>();

  constructor(database: Database, rules: Rules, data: MarketData, language: Uint8Array, head: Engine["head"]) {
    learnConstants(rules);
    learnEmergencies(rules);
    learnConcepts(rules);
    this.rules = rules;
    this.data = data;
    this.head = head;
    this.catalog = new Catalog(database);
    this.taxonomy = new Taxonomy(rules.categories);
    this.search = new Search(this.catalog, this.taxonomy);
    this.knowledge = new Knowledge(rules, data, this.taxonomy, new WordList(rules.words), (keys) => this.catalog.named(keys));
    this.model = new LanguageModel(language);
  }

  answer({ messages, language, near = null, now = this.wallNow() }: Question): Answer {
    const asked = messages.filter((message) => message.role === "user" || message.role === "assistant").map(clean);
    const guesser = (text: string): ReturnType<LanguageModel["guess"]> => this.model.guess(text, GUESSES);
    const understood = understand({
      messages: asked, knowledge: this.knowledge, now, hint: language, near, guesser,
      recall: (said) => this.shown.get(JSON.stringify(said)) ?? null,
    });
    const result = choose(understood, { catalog: this.catalog, search: this.search }, now);
    const cards = cardsOf(result, understood, now, { catalog: this.catalog, taxonomy: this.taxonomy, market: this.data.market });
    const facts = ["fact", "compare"].includes(understood.intent) ? factsOf(result, understood, cards) : [];
    const voice = new Voice({ question: asked.at(-1)?.content ?? "", understood, cards, result, facts, now }, this.data.market, this.taxonomy, this.rules.templates);
    const text = compose(voice);
    const remember = (said: string): void => this.remember([...asked, clean({ role: "assistant", content: said })], cards.map((card) => card.id), understood);
    remember(text);
    const phrasing = phrasingOf(voice, this.rules, remember);
    return { understood, result, text, phrasing, grounding: this.grounding(understood, result, cards, voice) };
  }

  /** Lets go of what was said. */
  forget(): void {
    this.shown.clear();
  }

  /** The market as the node describes it, out of what was kept. */
  market(language: string): Market {
    const { market, category_counts } = this.data;
    const counts = Object.entries(category_counts).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    return {
      id: market.id,
      name: market.name[language] ?? market.name["en"] ?? Object.values(market.name)[0] ?? market.id,
      languages: market.languages,
      currency: market.currency,
      country: market.country,
      time_zone: market.time_zone,
      emergency_number: market.emergency_number,
      catalog_version: this.head.catalog_version,
      catalog_date: this.head.made_at,
      providers: this.head.providers,
      categories: counts.slice(0, CATEGORIES).map(([id, count]) => ({ id, count, label: this.taxonomy.label(id, language), icon: this.taxonomy.icon(id) })),
      examples: (market.examples[language] ?? []).slice(0, EXAMPLES),
    };
  }

  private grounding(understood: Understood, result: Result, cards: Grounding["cards"], voice: Voice): Grounding {
    const keys = understood.intent === "emergency" ? [] : chipsOf(understood, cards, result.total).slice(0, 4);
    const examples = understood.intent === "emergency" ? [] : voice.variants("chip.example").slice(0, 3);
    const chips = (cards.length ? keys.map((key) => voice.say(`chip.${key}`)) : examples).map((text) => ({ text }));
    return { cards, chips, language: understood.language, found: result.found, intent: understood.intent, total: result.total, alone: true };
  }

  private remember(said: Message[], cards: string[], { intent }: Understood): void {
    const focus = cards.length === 1 || (["fact", "request"].includes(intent) && cards.length) ? (cards[0] ?? null) : null;
    if (this.shown.size > MOST_REMEMBERED) this.shown.clear();
    this.shown.set(JSON.stringify(said), { cards, focus });
  }

  /** The market's wall clock, in the UTC fields. */
  private wallNow(): Date {
    const style = { timeZone: this.data.market.time_zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
    const parts = Object.fromEntries(new Intl.DateTimeFormat("en-CA", style).formatToParts(new Date()).map(({ type, value }) => [type, value]));
    return new Date(`${parts["year"]}-${parts["month"]}-${parts["day"]}T${parts["hour"]}:${parts["minute"]}:${parts["second"]}Z`);
  }
}

/** Without control, broken, invisible and direction-changing characters; as the node's `answer/guard`. */
function clean({ role, content }: Message): Message {
  const kept = content
    .replace(/[\n\t\r\p{Zl}\p{Zp}]/gu, " ")
    .replace(/[\p{Cc}\p{Cs}\p{Cn}\p{Co}\u200b\u2060\ufeff\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/gu, "")
    .replace(/(?<![\u0600-\u08ff\u0900-\u0dff\u{1f000}-\u{1faff}\u2600-\u27bf\ufe0f])[\u200c\u200d]/gu, "")
    .normalize("NFC");
  return { role, content: kept.replace(/([\p{L}\p{N}_])\1{20,}/gu, "$1$1$1").replace(/[ \u00a0]+/g, " ").trim() };
}
