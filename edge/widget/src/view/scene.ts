/** What every view is given: the words and habits of the language, and the few things a visitor can set off. */

import type { Format } from "../format.ts";
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
}
