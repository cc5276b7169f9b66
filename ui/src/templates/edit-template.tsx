import { useId, useState } from "react";
import { noticeOf } from "../api/client";
import type { Notice, Template } from "../api/types";
import { ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { keepTemplate } from "./data";

type Props = { template: Template | null; typed: string; back(): void };

const longestName = 200;

/** Writes a template, or another wording of one. A new one begins with what is typed. */
export function EditTemplate({ template, typed, back }: Props) {
  const { t } = useWords();
  const id = useId();
  const [name, setName] = useState(template?.name ?? "");
  const [text, setText] = useState(template?.text ?? typed);
  const [problem, setProblem] = useState<Notice | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      await keepTemplate(template?.id ?? null, { name, text });
      back();
    } catch (error) {
      setProblem(noticeOf(error));
      setBusy(false);
    }
  };
  return (
    <form
      className="template-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {problem && <ProblemNotice notice={problem} />}
      <div className="field">
        <label htmlFor={`${id}-name`}>{t.templates.name}</label>
        <input id={`${id}-name`} className="input" autoFocus maxLength={longestName} dir={directionOf(name) ?? undefined} value={name} onChange={(event) => setName(event.target.value)} />
      </div>
      <div className="field">
        <label htmlFor={`${id}-text`}>{t.templates.text}</label>
        <textarea
          id={`${id}-text`}
          className="input template-text"
          rows={6}
          aria-describedby={`${id}-hint`}
          dir={directionOf(text) ?? undefined}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <p id={`${id}-hint`} className="muted tiny">
          {t.templates.textHint}
        </p>
      </div>
      <div className="row confirm-actions">
        <button type="button" className="button" onClick={back}>
          {t.common.cancel}
        </button>
        <button type="submit" className="button primary" disabled={busy || name.trim() === "" || text.trim() === ""}>
          {t.common.save}
        </button>
      </div>
    </form>
  );
}
