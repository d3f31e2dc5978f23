/** Tells languages apart with the node's own model: reads fastText's quantised format (version 12, hierarchical
softmax, product quantisation) and scores a text by it. Joulin et al. 2016, "FastText.zip". */

const MAGIC = 793712314;
const CENTROIDS = 256;
const EPSILON = 1e-5;
/** The detector reads no more of a text. */
const MOST_CHARS = 80;

export interface Guess {
  language: string;
  score: number;
}

/** Reads numbers out of the file, one after the other. */
class Reader {
  private at = 0;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  i32(): number {
    return this.view.getInt32((this.at += 4) - 4, true);
  }

  i64(): number {
    return Number(this.view.getBigInt64((this.at += 8) - 8, true));
  }

  flag(): boolean {
    return this.bytes[this.at++] !== 0;
  }

  skip(count: number): void {
    this.at += count;
  }

  word(): string {
    const end = this.bytes.indexOf(0, this.at);
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  codes(count: number): Uint8Array {
    return this.bytes.slice(this.at, (this.at += count));
  }

  floats(count: number): Float32Array {
    return new Float32Array(this.codes(count * 4).buffer);
  }
}

/** Vectors kept as codes of their parts. */
class Quantiser {
  private readonly parts: number;
  private readonly size: number;
  private readonly lastSize: number;
  private readonly centroids: Float32Array;

  constructor(file: Reader) {
    const dim = file.i32();
    this.parts = file.i32();
    this.size = file.i32();
    this.lastSize = file.i32();
    this.centroids = file.floats(dim * CENTROIDS);
  }

  norm(code: number): number {
    return this.centroids[code] as number;
  }

  add(sum: Float32Array, codes: Uint8Array, row: number, factor: number): void {
    for (let part = 0; part < this.parts; part++) {
      const last = part === this.parts - 1;
      const size = last ? this.lastSize : this.size;
      const code = codes[this.parts * row + part] as number;
      const from = part * CENTROIDS * this.size + code * size;
      for (let n = 0; n < size; n++) sum[part * this.size + n] = (sum[part * this.size + n] as number) + factor * (this.centroids[from + n] as number);
    }
  }
}

class Matrix {
  private readonly quantiser: Quantiser;
  private readonly codes: Uint8Array;
  private readonly norms: Quantiser | null = null;
  private readonly normCodes: Uint8Array | null = null;

  constructor(file: Reader) {
    const normed = file.flag();
    const rows = file.i64();
    file.i64();
    this.codes = file.codes(file.i32());
    this.quantiser = new Quantiser(file);
    if (!normed) return;
    this.normCodes = file.codes(rows);
    this.norms = new Quantiser(file);
  }

  add(sum: Float32Array, row: number): void {
    const norm = this.norms && this.normCodes ? this.norms.norm(this.normCodes[row] as number) : 1;
    this.quantiser.add(sum, this.codes, row, norm);
  }
}

interface Node {
  left: number;
  right: number;
  count: number;
}

export class LanguageModel {
  private readonly dim: number;
  private readonly bucket: number;
  private readonly least: number;
  private readonly most: number;
  private readonly words = new Map<string, number>();
  private readonly labels: string[] = [];
  private readonly pruned = new Map<number, number>();
  private readonly pruning: boolean;
  private readonly input: Matrix;
  private readonly output: Float32Array;
  private readonly tree: Node[];

  /** Throws RangeError for a file of another format. */
  constructor(bytes: Uint8Array) {
    const file = new Reader(bytes);
    if (file.i32() !== MAGIC) throw new RangeError("not a fastText model");
    file.i32();
    this.dim = file.i32();
    file.skip(7 * 4); // ws epoch minCount neg wordNgrams loss model
    this.bucket = file.i32();
    this.least = file.i32();
    this.most = file.i32();
    file.skip(4 + 8); // lrUpdateRate, t
    const counts = this.dictionary(file);
    this.pruning = this.pruned.size > 0;
    if (!file.flag()) throw new RangeError("not a quantised model");
    this.input = new Matrix(file);
    if (file.flag()) throw new RangeError("a quantised output is not read");
    this.output = file.floats(file.i64() * file.i64());
    this.tree = huffman(counts);
  }

  /** Languages, surest first, at most `most` of them. */
  guess(text: string, most: number): Guess[] {
    const hidden = this.hidden(normal(text));
    if (!hidden) return [];
    const found: Guess[] = [];
    this.walk(this.tree.length - 1, 0, hidden, found);
    return found.sort((a, b) => b.score - a.score).slice(0, most);
  }

  private dictionary(file: Reader): number[] {
    const size = file.i32();
    file.skip(4 + 4 + 8); // nwords, nlabels, ntokens
    const pruned = file.i64();
    const counts: number[] = [];
    for (let n = 0; n < size; n++) {
      const word = file.word();
      const count = file.i64();
      if (file.flag()) {
        this.labels.push(word.replace("__label__", ""));
        counts.push(count);
      } else this.words.set(word, n);
    }
    for (let n = 0; n < pruned; n++) this.pruned.set(file.i32(), file.i32());
    return counts;
  }

  private hidden(text: string): Float32Array | null {
    const rows = [...text.split(/[ \n\r\t\v\f\0]+/).filter(Boolean), "</s>"].flatMap((word) => this.rows(word));
    if (!rows.length) return null;
    const sum = new Float32Array(this.dim);
    for (const row of rows) this.input.add(sum, row);
    return sum.map((value) => value / rows.length);
  }

  private rows(word: string): number[] {
    const id = this.words.get(word);
    const own = id === undefined ? [] : [id];
    return word === "</s>" ? own : [...own, ...this.parts(`<${word}>`)];
  }

  /** Rows of the runs of characters of a word. */
  private parts(word: string): number[] {
    const chars = [...word];
    const found: number[] = [];
    for (let from = 0; from < chars.length; from++) {
      for (let length = this.least; length <= this.most && from + length <= chars.length; length++) {
        if (length === 1 && (from === 0 || from + length === chars.length)) continue;
        const place = hash(chars.slice(from, from + length).join("")) % this.bucket;
        const row = this.pruning ? this.pruned.get(place) : place;
        if (row !== undefined) found.push(this.words.size + row);
      }
    }
    return found;
  }

  private walk(at: number, score: number, hidden: Float32Array, found: Guess[]): void {
    const { left, right } = this.tree[at] as Node;
    if (left < 0 && right < 0) {
      found.push({ language: this.labels[at] as string, score: Math.min(1, Math.exp(score)) });
      return;
    }
    const row = at - this.labels.length;
    let dot = 0;
    for (let n = 0; n < this.dim; n++) dot += (this.output[row * this.dim + n] as number) * (hidden[n] as number);
    const yes = 1 / (1 + Math.exp(-dot));
    this.walk(left, score + Math.log(1 - yes + EPSILON), hidden, found);
    this.walk(right, score + Math.log(yes + EPSILON), hidden, found);
  }
}

/** What is written all in capitals is read in small letters. */
function normal(text: string): string {
  const line = [...text.replaceAll("\n", " ")].slice(0, MOST_CHARS).join("");
  const [capitals, letters] = [line.match(/[A-Z]/g)?.length ?? 0, line.match(/[A-Za-z]/g)?.length ?? 0];
  const shouted = line === line.toUpperCase() && line !== line.toLowerCase();
  return shouted || (capitals > 0.8 * letters && [...line].length > 5) ? line.toLowerCase() : line;
}

/** FNV-1a over the bytes, each taken as a signed one, as fastText does. */
function hash(text: string): number {
  let value = 2166136261;
  for (const byte of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ (byte > 127 ? byte - 256 : byte), 16777619) >>> 0;
  }
  return value;
}

/** The tree of labels: the rarer, the deeper; counts come most frequent first. */
function huffman(counts: number[]): Node[] {
  const labels = counts.length;
  const tree = Array.from({ length: 2 * labels - 1 }, (_, at): Node => ({ left: -1, right: -1, count: counts[at] ?? 1e15 }));
  let leaf = labels - 1;
  let node = labels;
  const least = (): number => (leaf >= 0 && (tree[leaf] as Node).count < (tree[node] as Node).count ? leaf-- : node++);
  for (let at = labels; at < tree.length; at++) {
    const [left, right] = [least(), least()];
    tree[at] = { left, right, count: (tree[left] as Node).count + (tree[right] as Node).count };
  }
  return tree;
}
