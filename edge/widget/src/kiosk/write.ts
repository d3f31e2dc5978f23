/** Writes into a text field as typing does: at the caret, in place of what is selected, and told to whoever listens. */

export type Field = HTMLTextAreaElement | HTMLInputElement;

export function insert(field: Field, text: string): void {
  const [start, end] = selection(field);
  replace(field, start, end, text);
}

/** Takes what is selected, else the character before the caret, as a reader counts characters. */
export function remove(field: Field): void {
  const [start, end] = selection(field);
  if (start !== end) return replace(field, start, end, "");
  const before = Array.from(new Intl.Segmenter().segment(field.value.slice(0, start)), ({ segment }) => segment);
  const last = before.at(-1);
  if (last) replace(field, start - last.length, start, "");
}

/** Fields for e-mail addresses tell no caret: there it is at the end. */
function selection(field: Field): [number, number] {
  const end = field.value.length;
  return [field.selectionStart ?? end, field.selectionEnd ?? end];
}

function replace(field: Field, start: number, end: number, text: string): void {
  const value = field.value.slice(0, start) + text + field.value.slice(end);
  if (field.maxLength >= 0 && value.length > field.maxLength) return;
  field.value = value;
  if (field.selectionStart !== null) field.setSelectionRange(start + text.length, start + text.length);
  field.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
}
