import { X } from "lucide-react";
import { useId } from "react";
import type { Estimate, Mode } from "../api/types";
import { amountOf } from "../common/amount";
import { rangeText } from "../common/estimate";
import { IconButton } from "../common/icon-button";
import { ModelPicker, useModelFacts } from "../common/model-picker";
import { useWords, type Words } from "../i18n/language";

const modes: (Mode | null)[] = [null, "quick", "council", "deep", "stance"];

/** How far a consultation goes, with what the chosen way does. */
export function ModePicker({ mode, choose }: { mode: Mode | null; choose(mode: Mode | null): void }) {
  const { t } = useWords();
  const id = useId();
  return (
    <fieldset className="field modes" aria-describedby={`${id}-hint`}>
      <legend className="label">{t.deliberation.mode}</legend>
      <div className="segments">
        {modes.map((each) => (
          <label key={each ?? "auto"} className="segment" title={t.deliberation.modeHints[each ?? "auto"]}>
            <input type="radio" name={id} checked={each === mode} onChange={() => choose(each)} />
            {t.deliberation.modes[each ?? "auto"]}
          </label>
        ))}
      </div>
      <p id={`${id}-hint`} className="muted small">
        {t.deliberation.modeHints[mode ?? "auto"]}
      </p>
    </fieldset>
  );
}

type EditorProps = { editors: string[]; change(editors: string[]): void };

/** Who writes the conclusion. A preset may name several: the next one writes when the one before cannot. */
export function EditorField({ editors, change }: EditorProps) {
  const { t, fill, list } = useWords();
  const facts = useModelFacts();
  const names = editors.map((id) => facts(id).name);
  const name = names[0] ?? t.asking.editorAny;
  return (
    <div className="field">
      <span className="label">{t.asking.editor}</span>
      <div className="row">
        <ModelPicker className="input grow editor-pick" label={fill(t.asking.editorPick, { model: name })} onPick={({ id }) => change([id])}>
          <bdi className={`ellipsis ${editors.length === 0 ? "muted" : ""}`}>{name}</bdi>
        </ModelPicker>
        {editors.length > 0 && <IconButton icon={X} label={t.asking.editorNone} onClick={() => change([])} />}
      </div>
      <p className="muted tiny">{names.length > 1 ? fill(t.asking.editorElse, { models: list(names.slice(1)) }) : t.asking.editorHint}</p>
    </div>
  );
}

/** What all of it may cost at most. */
export function CapField({ cap, change }: { cap: string; change(cap: string): void }) {
  const { t } = useWords();
  const id = useId();
  const wrong = amountOf(cap) === undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{t.asking.cap}</label>
      <input
        id={id}
        className="input number"
        dir="ltr"
        inputMode="decimal"
        autoComplete="off"
        placeholder={t.budgets.none}
        value={cap}
        aria-invalid={wrong}
        aria-describedby={`${id}-hint`}
        onChange={(event) => change(event.target.value)}
      />
      <p id={`${id}-hint`} className={wrong ? "tiny tone bad" : "muted tiny"}>
        {wrong ? t.asking.capWrong : t.asking.capHint}
      </p>
    </div>
  );
}

/** What a stage may cost in words. Nothing is free whose price is not known. */
export function stageText({ low_usd, high_usd }: Estimate["stages"][number], unknown: boolean, words: Pick<Words, "t" | "fill" | "usd">): string {
  if (high_usd === null || (unknown && Number(high_usd) === 0)) return words.t.model.priceUnknown;
  if (!unknown) return rangeText(low_usd, high_usd, words);
  return Number(low_usd) > 0 ? words.fill(words.t.measure.atLeast, { cost: words.usd(low_usd ?? "0") }) : words.t.model.priceUnknown;
}

/** What each stage may cost, before anything is sent. One stage is said beside the button. */
export function StageEstimates({ estimate }: { estimate: Estimate }) {
  const words = useWords();
  const { t, plural } = words;
  if (estimate.stages.length < 2) return null;
  return (
    <ol className="stages" aria-label={t.estimate.label}>
      {estimate.stages.map((stage) => (
        <li key={stage.stage}>
          <span>{t.deliberation.stages[stage.stage]}</span>
          <span className="muted tiny number">{stageText(stage, estimate.unknown_models.length > 0, words)}</span>
          <span className="muted tiny number">{plural(t.asking.calls, stage.calls)}</span>
        </li>
      ))}
    </ol>
  );
}
