/** What a foreign page's shell and our frame in it may say to each other, and nothing else.

The frame says `HELLO` (`hello.ts`) to whoever is around it; the shell then posts one `Opening` to the node's origin, with a port; the frame takes the first one that comes from its own
parent, if that page's origin is one that the node lets embed it. From then on both speak through the port, which nobody else
can. No message carries a question, an answer or anything else of the conversation, in either direction. */

export const FORM = "prilavok-frame-1";

export interface Opening {
  form: typeof FORM;
  /** First language; the visitor's own choice in the frame goes before it. */
  language: string;
  theme: string;
  /** Longest question; 0: as the counter has it. */
  max_chars: number;
  /** The shell's button for closing lies over the frame's corner. */
  corner: boolean;
  /** Values of the page's own for tokens that are colours, by their names without dashes. */
  colours: Record<string, string>;
}

export type ToFrame = { kind: "focus" };
export type ToShell = { kind: "ready" } | { kind: "close" } | { kind: "language"; language: string };

/** Tokens that a page may set for the frame, too. */
export const COLOURS = ["paper", "counter", "ticket", "stub", "edge-line", "perforation", "line", "line-strong", "ink", "quiet", "wood", "wood-deep", "on-wood", "open", "closed"] as const;
const LONGEST_COLOUR = 80;

/** An opening in our form with every value as it should be, or null. */
export function readOpening(data: unknown): Opening | null {
  const given = data as Partial<Opening> | null;
  if (typeof given !== "object" || given?.form !== FORM) return null;
  const { language, theme, max_chars, corner, colours } = given;
  return {
    form: FORM,
    language: typeof language === "string" && /^[a-z]{2}$/.test(language) ? language : "",
    theme: theme === "dark" || theme === "light" ? theme : "",
    max_chars: Number.isInteger(max_chars) && Number(max_chars) > 0 ? Number(max_chars) : 0,
    corner: corner === true,
    colours: typeof colours === "object" && colours ? readColours(colours) : {},
  };
}

function readColours(given: Record<string, unknown>): Record<string, string> {
  const plain = COLOURS.map((name) => [name, given[name]] as const);
  return Object.fromEntries(plain.filter((one): one is [(typeof COLOURS)[number], string] => typeof one[1] === "string" && one[1].length <= LONGEST_COLOUR));
}

/** What the frame says to the shell, or null where it is none of these. */
export function readToShell(data: unknown): ToShell | null {
  const given = data as { kind?: unknown; language?: unknown } | null;
  if (typeof given !== "object" || !given) return null;
  if (given.kind === "ready" || given.kind === "close") return { kind: given.kind };
  return given.kind === "language" && typeof given.language === "string" && /^[a-z]{2}$/.test(given.language) ? { kind: "language", language: given.language } : null;
}
