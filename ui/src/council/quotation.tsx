import type { Span } from "../api/types";
import { directionOf } from "../markdown/direction";
import { excerpt } from "./excerpt";

/** Words of an answer in their line, with what matters marked. */
export function Quotation({ answer, span, marks }: { answer: string; span: Span; marks: Span[] }) {
  const pieces = excerpt(answer, span, marks);
  const direction = directionOf(pieces.map(({ text }) => text).join("")) ?? undefined;
  return (
    <blockquote className="quotation" dir={direction}>
      {pieces.map((piece, index) =>
        piece.marked ? <mark key={index}>{piece.text}</mark> : <span key={index}>{piece.text}</span>,
      )}
    </blockquote>
  );
}
