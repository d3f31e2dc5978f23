/** Makes elements. Text goes in as text nodes only; nothing here, or anywhere in the widget, parses markup. */

export type Child = Node | string | null | undefined | false;

type Attributes = Record<string, string | number | boolean | null | undefined>;

/** `false`, `null` and `undefined` leave an attribute out, `true` sets it empty. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  fill(element, ...children);
  return element;
}

export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
}

/** A button that does something here (never submits). */
export function button(attributes: Attributes, act: (event: MouseEvent) => void, ...children: Child[]): HTMLButtonElement {
  const element = make("button", { type: "button", ...attributes }, ...children);
  element.addEventListener("click", act);
  return element;
}

/** Arrow keys walk through `items`; one of them at a time can be reached with Tab. */
export function walkable(items: HTMLElement[], keys: { next: string[]; previous: string[] }): void {
  items.forEach((item, index) => {
    item.tabIndex = index === 0 ? 0 : -1;
    item.addEventListener("focus", () => items.forEach((other) => (other.tabIndex = other === item ? 0 : -1)));
    item.addEventListener("keydown", (event) => {
      if (event.target !== item) return;
      const step = keys.next.includes(event.key) ? 1 : keys.previous.includes(event.key) ? -1 : 0;
      let at = index + step;
      while (items[at]?.checkVisibility() === false) at += step;
      if (!step || !items[at]) return;
      event.preventDefault();
      items[at]?.focus();
    });
  });
}
