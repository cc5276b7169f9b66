import { useId, useState } from "react";
import type { Template } from "../api/types";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { fillTemplate } from "./fill";

type Props = { template: Template; take(text: string): void; back(): void };

/** Asks for what a template leaves open, and shows what comes of it. */
export function FillTemplate({ template: { name, text, placeholders }, take, back }: Props) {
  const { t } = useWords();
  const id = useId();
  const [values, setValues] = useState<Record<string, string>>({});
  const filled = fillTemplate(text, values);
  return (
    <form
      className="template-form"
      onSubmit={(event) => {
        event.preventDefault();
        take(filled);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) take(filled);
      }}
    >
      <p className="muted small">
        <bdi>{name}</bdi>
      </p>
      {placeholders.map((place, index) => (
        <div className="field" key={place}>
          <label htmlFor={`${id}-${index}`}>
            <bdi>{place}</bdi>
          </label>
          <textarea
            id={`${id}-${index}`}
            className="input template-value"
            rows={1}
            autoFocus={index === 0}
            dir={directionOf(values[place] ?? "") ?? undefined}
            value={values[place] ?? ""}
            onChange={(event) => setValues({ ...values, [place]: event.target.value })}
          />
        </div>
      ))}
      <p className="template-preview small" dir={directionOf(filled) ?? undefined}>
        {filled}
      </p>
      <div className="row confirm-actions">
        <button type="button" className="button" onClick={back}>
          {t.templates.back}
        </button>
        <button type="submit" className="button primary">
          {t.templates.take}
        </button>
      </div>
    </form>
  );
}
