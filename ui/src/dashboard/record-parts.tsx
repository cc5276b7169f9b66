import type { ReactNode } from "react";
import { Defined } from "../common/defined";
import { Glyph } from "../common/glyph";
import { useModelFacts } from "../common/model-picker";

export type Places = ReadonlyMap<string, number>;

/** A model by sign and name; its full id on hover. */
export function ModelCell({ model, places }: { model: string; places: Places }) {
  const facts = useModelFacts();
  return (
    <span className="row" title={model}>
      <Glyph place={places.get(model) ?? 0} size={12} />
      <bdi className="ellipsis">{facts(model).name}</bdi>
    </span>
  );
}

type SectionProps = { title: string; hint: string; none: string | null; children: ReactNode };

/** One part of the record, or in words that there is nothing for it yet. */
export function Section({ title, hint, none, children }: SectionProps) {
  return (
    <section className="stack">
      <h2>{title}</h2>
      <p className="muted small">{none ?? hint}</p>
      {none === null && children}
    </section>
  );
}

/** The name of a column with its definition. */
export function Head({ name, text, end = true }: { name: string; text?: string; end?: boolean }) {
  return (
    <th scope="col" className={end ? "end" : undefined}>
      {name}
      {text !== undefined && <Defined name={name} text={text} />}
    </th>
  );
}
