import { useState } from "react";
import { Button } from "react-aria-components/Button";
import { answer, noticeOf, server } from "../api/client";
import { keys, queryClient, useRetention, useRetentionPreview } from "../api/queries";
import type { Notice, RetentionCounts, RetentionRule } from "../api/types";
import { Confirm } from "../common/confirm";
import { Loading, ProblemNotice } from "../common/problem";
import { useWords, type Words } from "../i18n/language";
import { announce } from "../state/announce";

const subjects = ["conversations", "consultations"] as const;
type Days = Record<(typeof subjects)[number], string>;

const mostDays = 36_500;

/** What a person typed as rules; null when something is no number of days. */
export function rulesOf(days: Days): RetentionRule[] | null {
  const given = subjects.filter((what) => days[what].trim() !== "");
  const rules = given.map((what) => ({ what, older_than_days: Number(days[what]) }));
  const sound = ({ older_than_days: n }: RetentionRule) => Number.isInteger(n) && n >= 1 && n <= mostDays;
  return rules.every(sound) ? rules : null;
}

/** What would go: "3 conversations with 40 messages and 2 consultations". */
export function countsText({ conversations, messages, consultations }: RetentionCounts, { t, plural, list }: Words): string {
  return list([
    plural(t.data.goConversations, conversations),
    ...(messages > 0 ? [plural(t.data.goMessages, messages)] : []),
    plural(t.data.goConsultations, consultations),
  ]);
}

/** Rules by which what is old is deleted, with what they would delete now. */
export function Retention() {
  const { t } = useWords();
  const query = useRetention();
  return (
    <section className="stack" aria-labelledby="retention">
      <h2 id="retention">{t.data.retention}</h2>
      <p className="muted small">{t.data.retentionHint}</p>
      {query.isPending && <Loading />}
      {query.error && <ProblemNotice title={t.data.retentionFailed} notice={noticeOf(query.error)} retry={() => query.refetch()} />}
      {query.data && <Rules key={JSON.stringify(query.data.rules)} rules={query.data.rules} />}
    </section>
  );
}

function Rules({ rules }: { rules: RetentionRule[] }) {
  const { t } = useWords();
  const first = (what: RetentionRule["what"]) => String(rules.find((rule) => rule.what === what)?.older_than_days ?? "");
  const [days, setDays] = useState<Days>({ conversations: first("conversations"), consultations: first("consultations") });
  const [problem, setProblem] = useState<Notice | null>(null);
  const wanted = rulesOf(days);
  const changed = subjects.some((what) => days[what].trim() !== first(what));
  const save = async () => {
    if (!wanted) return;
    setProblem(null);
    try {
      queryClient.setQueryData(keys.retention, await answer(server.PUT("/api/v1/retention", { body: { rules: wanted } })));
      await queryClient.invalidateQueries({ queryKey: keys.retentionPreview });
      announce(t.data.retentionSaved);
    } catch (error) {
      setProblem(noticeOf(error));
    }
  };
  return (
    <form
      className="card"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {subjects.map((what) => (
        <div className="setting" key={what}>
          <label className="label grow" htmlFor={`retention-${what}`}>
            {t.data.olderThan[what]}
          </label>
          <input
            id={`retention-${what}`}
            className="input retention-days number"
            dir="ltr"
            inputMode="numeric"
            autoComplete="off"
            placeholder={t.data.never}
            value={days[what]}
            aria-invalid={wanted === null}
            onChange={(event) => setDays({ ...days, [what]: event.target.value })}
          />
        </div>
      ))}
      <div className="setting">
        <span className="grow small">{wanted === null ? <span className="tone bad">{t.data.wrongDays}</span> : !changed && rules.length > 0 && <Preview />}</span>
        <button type="submit" className="button" disabled={wanted === null || !changed}>
          {t.common.save}
        </button>
      </div>
      {problem && <ProblemNotice notice={problem} />}
    </form>
  );
}

/** What the saved rules would delete, and the way not to wait for tomorrow. */
function Preview() {
  const words = useWords();
  const { t, fill } = words;
  const { data } = useRetentionPreview();
  const [problem, setProblem] = useState<Notice | null>(null);
  if (!data) return null;
  if (data.conversations + data.consultations === 0) return <span className="muted">{t.data.nothingGoes}</span>;
  const what = countsText(data, words);
  const apply = async () => {
    setProblem(null);
    try {
      await answer(server.POST("/api/v1/retention/apply"));
      announce(t.data.retentionApplied);
      await queryClient.invalidateQueries();
    } catch (error) {
      setProblem(noticeOf(error));
    }
  };
  return (
    <span className="row wrap">
      <span className="grow">{fill(t.data.goes, { what })}</span>
      <Confirm title={t.data.applyTitle} text={fill(t.data.applyText, { what })} action={t.common.delete} onConfirm={() => void apply()}>
        <Button className="button danger">{t.data.apply}</Button>
      </Confirm>
      {problem && <ProblemNotice notice={problem} />}
    </span>
  );
}
