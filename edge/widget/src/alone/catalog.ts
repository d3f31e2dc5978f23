/** The catalogue in the page: the node's compact SQLite file, its filterable columns read once. SQL stays here. */

import { fold } from "./fold.ts";
import { openingAt, stateAt, type Week } from "./hours.ts";
import type { Named } from "./name.ts";
import type { Provider } from "./query.ts";
import type { Opening } from "../wire.ts";

/** An open SQLite file: rows of values for a statement. */
export interface Database {
  rows(statement: string, values?: readonly (string | number)[]): unknown[][];
}

export interface Kept {
  provider: Provider;
  hours: number | null;
}

export class Catalog {
  readonly rowid: number[];
  readonly city: (string | null)[];
  readonly lat: (number | null)[];
  readonly lon: (number | null)[];
  readonly rating: (number | null)[];
  readonly band: (number | null)[];
  readonly price: (number | null)[];
  readonly hours: (number | null)[];
  private readonly database: Database;
  private readonly position: Map<number, number>;
  private readonly weeks = new Map<number, Week | null>();
  private readonly holders = new Map<string, number[]>();

  constructor(database: Database) {
    this.database = database;
    database.rows("CREATE VIRTUAL TABLE temp.search_text_where USING fts5vocab('main', 'search_text', 'instance')");
    const rows = database.rows("SELECT rowid, city_key, lat, lon, rating, price_band, price_from, hours FROM provider ORDER BY rowid");
    const column = <T>(at: number): T[] => rows.map((row) => row[at] as T);
    this.rowid = column(0);
    this.city = column(1);
    this.lat = column(2);
    this.lon = column(3);
    this.rating = column(4);
    this.band = column(5);
    this.price = column(6);
    this.hours = column(7);
    this.position = new Map(this.rowid.map((id, at) => [id, at]));
    for (const [id, week, days] of database.rows("SELECT id, week, days FROM hours")) {
      const read = week === null ? null : { days: JSON.parse(String(week)) as Week["days"], otherwise: JSON.parse(String(days ?? "{}")) as Week["otherwise"] };
      this.weeks.set(Number(id), read);
    }
  }

  get count(): number {
    return this.rowid.length;
  }

  /** Positions of row ids, in their order; unknown ones are left out. */
  positions(rowids: number[]): number[] {
    return rowids.flatMap((id) => this.position.get(id) ?? []);
  }

  opening(hours: number | null, at: Date): Opening {
    return openingAt(hours === null ? null : (this.weeks.get(hours) ?? null), at);
  }

  state(position: number, at: Date): Opening["state"] {
    const hours = this.hours[position] ?? null;
    return stateAt(hours === null ? null : (this.weeks.get(hours) ?? null), at);
  }

  withCategory(category: string): number[] {
    return this.having("SELECT provider FROM provider_category WHERE category=?", category);
  }

  withValue(key: string, value: string): number[] {
    return this.having("SELECT provider FROM provider_attribute WHERE key=? AND value=?", key, value);
  }

  stating(key: string): number[] {
    return this.having("SELECT provider FROM provider_attribute WHERE key=?", key);
  }

  speaking(language: string): number[] {
    return this.having("SELECT provider FROM provider_language WHERE language=? OR language LIKE ? || '-%'", language, language);
  }

  tellingLanguages(): number[] {
    return this.having("SELECT DISTINCT provider FROM provider_language");
  }

  withIds(ids: string[]): number[] {
    return this.positions(this.database.rows("SELECT rowid FROM provider WHERE id IN (SELECT value FROM json_each(?))", [JSON.stringify(ids)]).map((row) => Number(row[0])));
  }

  record(position: number): Kept {
    const [row] = this.database.rows("SELECT record, hours FROM provider WHERE rowid=?", [this.rowid[position] as number]);
    return { provider: JSON.parse(String(row?.[0])) as Provider, hours: (row?.[1] as number | null) ?? null };
  }

  /** Records by id, in the order asked; unknown ones are left out. */
  many(ids: string[]): Kept[] {
    return ids.flatMap((id) => this.withIds([id]).map((position) => this.record(position)));
  }

  /** Providers by folded name or short form. */
  named(keys: string[]): Map<string, Named[]> {
    const found = new Map<string, Named[]>();
    const rows = this.database.rows(
      "SELECT n.key, p.id, json_extract(p.record, '$.city'), group_concat(c.category, ' '), p.name FROM provider_name n" +
        " JOIN provider p ON p.rowid = n.provider LEFT JOIN provider_category c ON c.provider = p.rowid" +
        " WHERE n.key IN (SELECT value FROM json_each(?)) GROUP BY n.key, p.rowid ORDER BY p.id LIMIT 2000",
      [JSON.stringify(keys)],
    );
    for (const [key, id, city, categories, name] of rows) {
      const one = { id: String(id), city: city === null ? null : String(city), categories: String(categories ?? "").split(" ").filter(Boolean), full: fold(String(name)) === key };
      found.set(String(key), [...(found.get(String(key)) ?? []), one]);
    }
    return found;
  }

  /** In how many records a word, or a group of three letters of names, stands. */
  frequency(table: "search_text_word" | "search_name_part", term: string): number {
    return Number(this.database.rows(`SELECT doc FROM ${table} WHERE term=?`, [term])[0]?.[0] ?? 0);
  }

  /** In which columns of which records a word stands, as `[row id, column]`. */
  occurrences(term: string): [number, string][] {
    return this.database.rows("SELECT doc, col FROM temp.search_text_where WHERE term=?", [term]).map(([doc, column]) => [Number(doc), String(column)]);
  }

  /** How many words each record has, by row id. */
  lengths(): Map<number, number> {
    const rows = this.database.rows("SELECT id, sz FROM search_text_docsize");
    return new Map(rows.map(([id, sizes]) => [Number(id), varints(sizes as Uint8Array).reduce((sum, size) => sum + size, 0)]));
  }

  /** Row ids with a single word in a column. */
  withWord(column: string, word: string): number[] {
    return this.database.rows("SELECT rowid FROM search_text WHERE search_text MATCH ?", [`{${column}} : "${word}"`]).map((row) => Number(row[0]));
  }

  /** Names in Latin letters that share groups of three letters, best first. */
  nearNames(expression: string, most: number): { rowid: number; name: string }[] {
    const statement = "SELECT s.rowid, p.name_latin FROM (SELECT rowid, rank FROM search_name WHERE search_name MATCH ? ORDER BY rank LIMIT ?) s JOIN provider p ON p.rowid = s.rowid ORDER BY s.rank";
    return this.database.rows(statement, [expression, most]).map(([rowid, name]) => ({ rowid: Number(rowid), name: String(name) }));
  }

  private having(statement: string, ...values: string[]): number[] {
    const key = [statement, ...values].join("\n");
    let known = this.holders.get(key);
    if (!known) {
      known = this.positions(this.database.rows(statement, values).map((row) => Number(row[0])));
      this.holders.set(key, known);
    }
    return known;
  }
}

/** SQLite's variable-length integers, one after the other. */
function varints(bytes: Uint8Array): number[] {
  const found: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 127);
    if (byte > 127) continue;
    found.push(value);
    value = 0;
  }
  return found;
}
