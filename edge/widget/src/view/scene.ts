/** What every view is given: the words and habits of the language, and the few things a visitor can set off. */

import type { Format } from "../format.ts";
import type { Turn } from "../conversation.ts";
import type { Card, Market } from "../wire.ts";
import type { Words } from "../words/words.ts";

export interface Scene {
  readonly format: Format;
  readonly words: Words;
  readonly market: Market | null;
  /** A shared screen: nothing may lead out of the page. */
  readonly kiosk: boolean;
  ask(question: string): void;
  retry(): void;
  takeAlong(card: Card): void;
  print(card: Card): void;
  /** A request to a provider, or to whoever keeps the counter. */
  request(card: Card | null): void;
  edit(turn: Turn): void;
  rate(turn: Turn, score: 1 | -1, reason: string): void;
}
