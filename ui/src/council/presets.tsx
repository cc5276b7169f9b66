import { useId } from "react";
import { usePresets } from "../api/queries";
import type { Preset } from "../api/types";
import { useWords } from "../i18n/language";
import { newKey, requestOf, type Draft } from "./draft";

type Plan = Pick<Draft, "members" | "mode" | "cap" | "editors">;

/** What a preset puts into the form: everything but the question. */
export function planOf({ members, mode, max_cost_usd, editors }: Preset): Plan {
  return { members: members.map((member) => ({ ...member, key: newKey() })), mode, cap: max_cost_usd ?? "", editors };
}

const asked = (plan: Plan): string => JSON.stringify(requestOf({ ...plan, question: "", context: "" }));

/** The preset that the form asks exactly; null once anything of it is changed. */
export function presetOf(draft: Plan, presets: Preset[]): string | null {
  const now = asked(draft);
  return presets.find((preset) => asked(planOf(preset)) === now)?.name ?? null;
}

type Props = { draft: Draft; change(plan: Plan): void };

/** Fills the form from a council of the configuration; every field can be changed after. */
export function PresetField({ draft, change }: Props) {
  const { t } = useWords();
  const id = useId();
  const presets = usePresets().data ?? [];
  if (presets.length === 0) return null;
  const pick = (name: string) => {
    const preset = presets.find((each) => each.name === name);
    if (preset) change(planOf(preset));
  };
  return (
    <div className="field preset-field">
      <label htmlFor={id}>{t.asking.preset}</label>
      <select id={id} className="input" aria-describedby={`${id}-hint`} value={presetOf(draft, presets) ?? ""} onChange={(event) => pick(event.target.value)}>
        <option value="">{t.asking.presetOwn}</option>
        {presets.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <p id={`${id}-hint`} className="muted tiny">
        {t.asking.presetHint}
      </p>
    </div>
  );
}
