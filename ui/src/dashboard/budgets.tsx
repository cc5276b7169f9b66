import { Pencil, Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { noticeOf } from "../api/client";
import { keys, queryClient, useBudgets, writeBudgets } from "../api/queries";
import type { Budget, Budgets as AllBudgets, Notice } from "../api/types";
import { amountOf } from "../common/amount";
import { IconButton } from "../common/icon-button";
import { ModelPicker, useModelFacts } from "../common/model-picker";
import { Loading, ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";
import { announce } from "../state/announce";

const periods = ["run", "day", "month", "programs"] as const;

/** What may be spent, and how far that is used. */
export function Budgets() {
  const { t } = useWords();
  const query = useBudgets();
  const [editing, setEditing] = useState(false);
  return (
    <section className="stack" id="budgets" aria-labelledby="budgets-title">
      <div className="row wrap">
        <h2 id="budgets-title" className="grow">
          {t.budgets.title}
        </h2>
        {query.data && !editing && (
          <button type="button" className="button" onClick={() => setEditing(true)}>
            <Pencil size={14} aria-hidden /> {t.budgets.edit}
          </button>
        )}
      </div>
      <p className="muted small">{t.budgets.hint}</p>
      {query.isPending && <Loading />}
      {query.error && <ProblemNotice title={t.budgets.failed} notice={noticeOf(query.error)} retry={() => query.refetch()} />}
      {query.data && (editing ? <Form budgets={query.data} close={() => setEditing(false)} /> : <Shown budgets={query.data} />)}
    </section>
  );
}

function Shown({ budgets }: { budgets: AllBudgets }) {
  const { t, usd } = useWords();
  const facts = useModelFacts();
  const { run, uncapped_models } = budgets;
  return (
    <ul className="card budget-list">
      <li>
        <span className="label">{t.budgets.periods.run}</span>
        <span className="small number">{run.limit_usd === null ? t.budgets.none : usd(run.limit_usd)}</span>
      </li>
      <Used name={t.budgets.periods.day} budget={budgets.day} />
      <Used name={t.budgets.periods.month} budget={budgets.month} />
      <Used name={t.budgets.periods.programs} budget={budgets.programs} />
      {uncapped_models.length > 0 && (
        <li>
          <span className="label">{t.budgets.uncapped}</span>
          <span className="row wrap">
            {uncapped_models.map((model) => (
              <bdi className="chip" key={model} title={model}>
                {facts(model).name}
              </bdi>
            ))}
          </span>
        </li>
      )}
    </ul>
  );
}

/** From here on a budget is nearly used up. */
const nearly = 0.8;

function Used({ name, budget }: { name: string; budget: Budget }) {
  const { t, fill, usd } = useWords();
  const { limit_usd, spent_usd, reserved_usd } = budget;
  const spent = Number(spent_usd);
  const reserved = Number(reserved_usd);
  const limit = limit_usd === null ? null : Number(limit_usd);
  const used = limit === null ? 0 : limit === 0 ? 1 : (spent + reserved) / limit;
  const tone = used >= 1 ? "bad" : used >= nearly ? "warn" : "";
  const share = (value: number) => ({ inlineSize: `${limit ? Math.min(100, (100 * value) / limit) : 100}%` });
  return (
    <li>
      <span className="label">{name}</span>
      <span className="budget-used">
        {limit !== null && (
          <span className={`bar tone ${tone}`} aria-hidden="true">
            <span className="bar-known" style={share(spent)} />
            {reserved > 0 && <span className="bar-more" style={share(reserved)} />}
          </span>
        )}
        <span className="small number">
          {fill(t.budgets.spent, { cost: usd(spent_usd) })}
          {reserved > 0 && <> · {fill(t.budgets.reserved, { cost: usd(reserved_usd) })}</>}
          {" · "}
          {limit_usd === null ? t.budgets.none : fill(t.budgets.limit, { cost: usd(limit_usd) })}
        </span>
        {tone !== "" && <span className={`chip ${tone}`}>{tone === "bad" ? t.budgets.usedUp : t.budgets.nearly}</span>}
      </span>
    </li>
  );
}

function Form({ budgets, close }: { budgets: AllBudgets; close(): void }) {
  const { t } = useWords();
  const facts = useModelFacts();
  const [texts, setTexts] = useState({
    run: budgets.run.limit_usd ?? "",
    day: budgets.day.limit_usd ?? "",
    month: budgets.month.limit_usd ?? "",
    programs: budgets.programs.limit_usd ?? "",
  });
  const [models, setModels] = useState(budgets.uncapped_models);
  const [problem, setProblem] = useState<Notice | null>(null);
  const [busy, setBusy] = useState(false);
  const amounts = { run: amountOf(texts.run), day: amountOf(texts.day), month: amountOf(texts.month), programs: amountOf(texts.programs) };
  const wrong = periods.some((period) => amounts[period] === undefined);
  const save = async () => {
    if (wrong || busy) return;
    setBusy(true);
    try {
      const change = {
        run_usd: amounts.run ?? null,
        day_usd: amounts.day ?? null,
        month_usd: amounts.month ?? null,
        programs_usd: amounts.programs ?? null,
      };
      queryClient.setQueryData(keys.budgets, await writeBudgets({ ...change, uncapped_models: models }));
      announce(t.budgets.saved);
      close();
    } catch (error) {
      setProblem(noticeOf(error));
      setBusy(false);
    }
  };
  return (
    <form
      className="card budget-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {periods.map((period) => (
        <Amount
          key={period}
          label={t.budgets.periods[period]}
          value={texts[period]}
          wrong={amounts[period] === undefined}
          change={(value) => setTexts({ ...texts, [period]: value })}
        />
      ))}
      <div className="field">
        <span className="label">{t.budgets.uncapped}</span>
        <p className="muted small">{t.budgets.uncappedHint}</p>
        <div className="row wrap">
          {models.map((model) => (
            <span className="chip" key={model}>
              <bdi title={model}>{facts(model).name}</bdi>
              <IconButton icon={X} className="quiet" label={`${t.budgets.capAgain}: ${facts(model).name}`} onClick={() => setModels(models.filter((each) => each !== model))} />
            </span>
          ))}
          <ModelPicker className="link-button" label={t.budgets.uncap} onPick={({ id }) => setModels([...new Set([...models, id])])}>
            <Plus size={14} aria-hidden /> {t.budgets.uncap}
          </ModelPicker>
        </div>
      </div>
      {problem && <ProblemNotice notice={problem} />}
      <div className="row">
        <button type="submit" className="button primary" disabled={wrong || busy}>
          {t.common.save}
        </button>
        <button type="button" className="button" onClick={close}>
          {t.common.cancel}
        </button>
      </div>
    </form>
  );
}

type AmountProps = { label: string; value: string; wrong: boolean; change(value: string): void };

function Amount({ label, value, wrong, change }: AmountProps) {
  const { t } = useWords();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="row">
        <span className="muted" aria-hidden>
          $
        </span>
        <input
          id={id}
          className="input number"
          dir="ltr"
          inputMode="decimal"
          autoComplete="off"
          placeholder={t.budgets.none}
          value={value}
          aria-invalid={wrong}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
          onChange={(event) => change(event.target.value)}
        />
      </div>
      {wrong && (
        <p id={`${id}-wrong`} className="small tone bad">
          {t.budgets.wrong}
        </p>
      )}
    </div>
  );
}
