/** Closes what a page can close of the ways out of a shared screen: the context menu, dropped files and addresses, zoom, and
the browser's own keys. The rest is the browser's policy (the node's edge/kiosk). */

/** Keys with Ctrl or Meta that belong to editing text; all others are the browser's. */
const EDITING = new Set(["a", "c", "v", "x", "z", "y", "backspace", "delete", "arrowleft", "arrowright", "home", "end"]);
const BROWSERS = /^(F\d+|Browser\w+|Launch\w+|ContextMenu|GoBack|GoForward|Help)$/;
const WAYS_BACK = new Set(["ArrowLeft", "ArrowRight", "Home"]);

/** Whether a key would do something to the browser and not to the page. */
export function leadsOut(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">): boolean {
  if (BROWSERS.test(event.key)) return true;
  if (event.altKey && WAYS_BACK.has(event.key)) return true;
  if (!event.ctrlKey && !event.metaKey) return false;
  if (event.ctrlKey && event.altKey && event.key.length === 1) return false; // AltGr, as on "@"
  return !EDITING.has(event.key.toLowerCase()) && event.key !== "Control" && event.key !== "Meta";
}

/** Guards the whole window; the signal ends it. */
export function guard(signal: AbortSignal): void {
  const stop = (event: Event): void => event.preventDefault();
  for (const kind of ["contextmenu", "dragstart", "dragover", "drop", "gesturestart"]) addEventListener(kind, stop, { signal });
  addEventListener("keydown", (event) => leadsOut(event) && event.preventDefault(), { capture: true, signal });
  addEventListener("wheel", (event) => event.ctrlKey && event.preventDefault(), { passive: false, signal });
}
