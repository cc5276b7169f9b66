import type { Span } from "../api/types";

/** A piece of an answer, marked or not. */
export type Piece = { text: string; marked: boolean };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Places given in UTF-8 bytes as places in a JavaScript string. */
export function toUnits(text: string, span: Span): Span {
  const bytes = encoder.encode(text);
  const units = (end: number) => decoder.decode(bytes.subarray(0, Math.min(end, bytes.length))).length;
  return { start: units(span.start), end: units(span.end) };
}

/** The line in which a span stands, at most `room` characters to each side, with `marks` marked. */
export function excerpt(text: string, span: Span, marks: Span[], room = 220): Piece[] {
  const place = toUnits(text, span);
  const start = Math.max(text.lastIndexOf("\n", place.start - 1) + 1, place.start - room);
  const lineEnd = text.indexOf("\n", place.end);
  const end = Math.min(lineEnd < 0 ? text.length : lineEnd, place.end + room);
  const pieces: Piece[] = [];
  let at = start;
  const units = marks.map((mark) => toUnits(text, mark)).toSorted((a, b) => a.start - b.start);
  for (const mark of units) {
    if (mark.start < at || mark.end > end) continue;
    pieces.push({ text: text.slice(at, mark.start), marked: false });
    pieces.push({ text: text.slice(mark.start, mark.end), marked: true });
    at = mark.end;
  }
  pieces.push({ text: text.slice(at, end), marked: false });
  const cutStart = start > 0 && text[start - 1] !== "\n" ? "…" : "";
  const cutEnd = end < text.length && text[end] !== "\n" ? "…" : "";
  return withoutMarkup([{ text: cutStart, marked: false }, ...pieces, { text: cutEnd, marked: false }]);
}

/** Signs of Markdown that would only disturb in a quotation. */
function withoutMarkup(pieces: Piece[]): Piece[] {
  const plain = pieces.map(({ text, marked }) => ({ text: text.replaceAll(/\*\*|__|`/g, ""), marked }));
  const first = plain.findIndex(({ text }) => text !== "" && text !== "…");
  const lead = plain[first];
  if (lead) lead.text = lead.text.replace(/^\s*(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s+)/, "");
  return plain.filter(({ text }) => text !== "");
}
