/** The widget's styles as constructed sheets: shared by every instance, and allowed by a strict style-src. */

import tokens from "../tokens.css";
import afterword from "../style/afterword.css";
import dialog from "../style/dialog.css";
import dock from "../style/dock.css";
import frame from "../style/frame.css";
import ticket from "../style/ticket.css";
import turn from "../style/turn.css";
import welcome from "../style/welcome.css";

export const sheets: CSSStyleSheet[] = [tokens, frame, welcome, turn, ticket, afterword, dock, dialog].map(sheet);

function sheet(text: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

/** A style that comes with a view fetched later, put where that view stands; once for each text. */
export function adopt(view: Element, text: string): void {
  const root = view.getRootNode();
  const known = (later[text] ??= sheet(text));
  if (root instanceof ShadowRoot && !root.adoptedStyleSheets.includes(known)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, known];
}

const later: Record<string, CSSStyleSheet> = {};
