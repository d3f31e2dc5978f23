/** Arrow keys over rows of keys: sideways within a row, up and down to the key that stands nearest. */

export function arrows(board: HTMLElement, event: KeyboardEvent): void {
  const rows = Array.from(board.querySelectorAll(".keys"), (row) => Array.from(row.querySelectorAll("button")));
  const y = rows.findIndex((row) => row.includes(event.target as HTMLButtonElement));
  const from = event.target as HTMLButtonElement;
  const row = rows[y];
  if (!row) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const rise = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const next = step ? row[row.indexOf(from) + step] : rise ? nearest(rows[y + rise], from) : undefined;
  if (!step && !rise) return;
  event.preventDefault();
  if (!next) return;
  from.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function nearest(row: HTMLButtonElement[] | undefined, from: HTMLElement): HTMLButtonElement | undefined {
  const middle = (one: HTMLElement): number => one.offsetLeft + one.offsetWidth / 2;
  const off = (one: HTMLElement): number => Math.abs(middle(one) - middle(from));
  return row?.reduce((best, one) => (off(one) < off(best) ? one : best));
}
