/** So many blocks are shown as one group, so that a frame looks at groups and not at every block. */
export const groupSize = 16;

/** A list longer than this is cut at its next item, so that one endless list is not parsed again and again. */
const longList = 4000;

type Kind = "none" | "text" | "list" | "indented";
type Fence = { mark: string; length: number };

const listItem = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
const fenceOpen = /^( {0,3})(`{3,}|~{3,})(.*)$/;
const heading = /^ {0,3}#{1,6}(?:\s|$)/;

/**
 * Cuts growing Markdown into blocks that can be rendered one by one. A block once sealed never
 * changes; only the last one is open. Each call looks at new lines only.
 */
export class BlockSplitter {
  #text = "";
  /** Sealed blocks in groups; a full group is never replaced. */
  #groups: string[][] = [];
  #blockStart = 0;
  #lineStart = 0;
  #kind: Kind = "none";
  #fence: Fence | null = null;
  #topFence = false;
  #blank = false;

  /** The blocks of the whole text in groups; joined they are the text. A group that stays is the same array. */
  update(text: string): string[][] {
    if (!text.startsWith(this.#text)) this.#reset();
    this.#text = text;
    for (;;) {
      const end = text.indexOf("\n", this.#lineStart);
      if (end < 0) break;
      this.#line(text.slice(this.#lineStart, end).replace(/\r$/, ""), this.#lineStart, end + 1);
      this.#lineStart = end + 1;
    }
    const open = text.slice(this.#blockStart);
    return open === "" ? this.#groups : withBlock(this.#groups, open);
  }

  /** Whether the last block is a code block that has not been closed. */
  get inCode(): boolean {
    return this.#topFence;
  }

  #reset(): void {
    this.#groups = [];
    this.#blockStart = 0;
    this.#lineStart = 0;
    this.#begin("none");
  }

  #begin(kind: Kind): void {
    this.#kind = kind;
    this.#fence = null;
    this.#topFence = false;
    this.#blank = false;
  }

  /** Ends the open block at `at`. */
  #seal(at: number): void {
    if (at > this.#blockStart) this.#groups = withBlock(this.#groups, this.#text.slice(this.#blockStart, at));
    this.#blockStart = at;
    this.#begin("none");
  }

  #line(line: string, start: number, end: number): void {
    if (this.#fence) {
      this.#inFence(line, end);
      return;
    }
    if (line.trim() === "") {
      this.#blank = this.#kind !== "none";
      return;
    }
    if (this.#endsBefore(line, start)) this.#seal(start);
    this.#blank = false;
    const fence = fenceOpen.exec(this.#kind === "list" ? line.trimStart() : line);
    if (fence && !(fence[2]?.startsWith("`") && fence[3]?.includes("`"))) {
      this.#openFence(fence[2] ?? "", start);
      return;
    }
    if (heading.test(line) && this.#kind !== "list") {
      this.#seal(start);
      this.#seal(end);
      return;
    }
    if (this.#kind === "none") this.#kind = kindOf(line);
  }

  #endsBefore(line: string, start: number): boolean {
    if (this.#kind === "list") {
      const item = listItem.test(line);
      if (item && !/^ {2}/.test(line) && start - this.#blockStart > longList) return true;
      if (/^(?: {2,}|\t)/.test(line) || item) return false;
      return this.#blank || heading.test(line) || fenceOpen.test(line);
    }
    if (this.#kind === "indented") return this.#blank && !/^(?: {4}|\t)/.test(line);
    return this.#blank;
  }

  #openFence(marks: string, start: number): void {
    const fence = { mark: marks[0] ?? "`", length: marks.length };
    if (this.#kind !== "list") {
      this.#seal(start);
      this.#topFence = true;
      this.#kind = "text";
    }
    this.#fence = fence;
  }

  #inFence(line: string, end: number): void {
    const fence = this.#fence;
    const trimmed = line.trim();
    const closes =
      fence !== null && trimmed.length >= fence.length && trimmed === fence.mark.repeat(trimmed.length);
    if (!closes) return;
    const top = this.#topFence;
    this.#fence = null;
    this.#topFence = false;
    if (top) this.#seal(end);
  }
}

function withBlock(groups: string[][], block: string): string[][] {
  const last = groups.at(-1);
  return last && last.length < groupSize ? [...groups.slice(0, -1), [...last, block]] : [...groups, [block]];
}

function kindOf(line: string): Kind {
  if (listItem.test(line)) return "list";
  return /^(?: {4}|\t)/.test(line) ? "indented" : "text";
}
