/** The widget's styles as constructed sheets: shared by every instance, and allowed by a strict style-src. */

import tokens from "../tokens.css";
import afterword from "../style/afterword.css";
import dialog from "../style/dialog.css";
import dock from "../style/dock.css";
import form from "../style/form.css";
import frame from "../style/frame.css";
import ticket from "../style/ticket.css";
import turn from "../style/turn.css";
import welcome from "../style/welcome.css";

export const sheets: CSSStyleSheet[] = [tokens, frame, welcome, turn, ticket, afterword, dock, dialog, form].map((text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
});
