import { X } from "lucide-react";
import { useId, type ReactNode } from "react";
import { useModels } from "../api/queries";
import { modelName } from "../common/model-picker";
import { useWords } from "../i18n/language";
import { countOf, searchKinds, type Filters } from "./filters";

type Props = { filters: Filters; change(part: Partial<Filters>): void; clear(): void };

/** Languages that the server tells apart in texts. */
const languages = ["en", "ar"];

/** What narrows a search; every change holds at once. */
export function FilterForm({ filters, change, clear }: Props) {
  const { t, languageName } = useWords();
  const models = useModels();
  const known = models.data?.map((model) => [model.id, modelName(model)] as const) ?? [];
  // A model that is no longer configured can still be in the address, and in the history.
  const all = known.some(([id]) => id === filters.model) || filters.model === "" ? known : [...known, [filters.model, filters.model] as const];
  return (
    <form className="card search-filters" aria-label={t.search.filters} onSubmit={(event) => event.preventDefault()}>
      <Choice label={t.search.kind} value={filters.kind} change={(kind) => change({ kind: kind as Filters["kind"] })}>
        {searchKinds.map((kind) => (
          <option key={kind} value={kind}>
            {t.search.kinds[kind]}
          </option>
        ))}
      </Choice>
      <Choice label={t.search.model} value={filters.model} change={(model) => change({ model })}>
        {all.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Choice>
      <Choice label={t.search.language} value={filters.language} change={(language) => change({ language })}>
        {languages.map((language) => (
          <option key={language} value={language}>
            {languageName(language)}
          </option>
        ))}
      </Choice>
      <Entry label={t.search.since} type="date" value={filters.since} change={(since) => change({ since })} />
      <Entry label={t.search.until} type="date" value={filters.until} change={(until) => change({ until })} />
      <Entry label={t.search.min} type="number" value={filters.min} change={(min) => change({ min })} />
      <Entry label={t.search.max} type="number" value={filters.max} change={(max) => change({ max })} />
      {countOf(filters) > 0 && (
        <button type="button" className="button" onClick={clear}>
          <X size={14} aria-hidden /> {t.search.clear}
        </button>
      )}
    </form>
  );
}

type ChoiceProps = { label: string; value: string; change(value: string): void; children: ReactNode };

function Choice({ label, value, change, children }: ChoiceProps) {
  const { t } = useWords();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={value} onChange={(event) => change(event.target.value)}>
        <option value="">{t.search.any}</option>
        {children}
      </select>
    </div>
  );
}

type EntryProps = { label: string; type: "date" | "number"; value: string; change(value: string): void };

function Entry({ label, type, value, change }: EntryProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        type={type}
        dir="ltr"
        {...(type === "number" ? { min: 0, step: "any", inputMode: "decimal" as const } : {})}
        value={value}
        onChange={(event) => change(event.target.value)}
      />
    </div>
  );
}
