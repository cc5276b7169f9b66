import { Bookmark, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { noticeOf } from "../api/client";
import { deletePreset, keepPreset, usePresets } from "../api/queries";
import type { Notice, Preset, PresetText } from "../api/types";
import { amountOf } from "../common/amount";
import { IconButton } from "../common/icon-button";
import { ProblemNotice } from "../common/problem";
import { useWords } from "../i18n/language";
import { announce } from "../state/announce";
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

/** What of a form a preset holds; null while there is nothing to keep. */
export function keptOf(draft: Draft): PresetText | null {
  const { members, mode, max_cost_usd, editors } = requestOf({ ...draft, question: "", context: "" });
  const models = members.filter((member) => member.type === "model");
  if (models.length === 0 || models.length < members.length || amountOf(draft.cap) === undefined) return null;
  return { members: models, mode: mode ?? null, max_cost_usd: max_cost_usd ?? null, editors: editors ?? [] };
}

const textOf = ({ members, mode, editors, max_cost_usd }: Preset): PresetText => ({ members, mode, editors, max_cost_usd });

type Props = { draft: Draft; change(plan: Plan): void };

/** Fills the form from a council that was named; every field can be changed after, and kept as another. */
export function PresetField({ draft, change }: Props) {
  const { t, fill } = useWords();
  const id = useId();
  const presets = usePresets().data ?? [];
  const [gone, setGone] = useState<Preset | null>(null);
  const [problem, setProblem] = useState<Notice | null>(null);
  const chosen = presets.find(({ name }) => name === presetOf(draft, presets)) ?? null;
  const kept = keptOf(draft);
  if (presets.length === 0 && kept === null && gone === null) return null;
  const pick = (name: string) => {
    const preset = presets.find((each) => each.name === name);
    if (preset) change(planOf(preset));
  };
  const attempt = async (action: Promise<unknown>, then: Preset | null) => {
    try {
      await action;
      setGone(then);
      setProblem(null);
      return true;
    } catch (error) {
      setProblem(noticeOf(error));
      return false;
    }
  };
  return (
    <div className="field preset-field">
      <label htmlFor={id}>{t.asking.preset}</label>
      <div className="row wrap">
        <select id={id} className="input" aria-describedby={`${id}-hint`} value={chosen?.name ?? ""} onChange={(event) => pick(event.target.value)}>
          <option value="">{t.asking.presetOwn}</option>
          {presets.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        {chosen && !chosen.is_configured && (
          <IconButton icon={Trash2} className="quiet" label={fill(t.asking.presetRemove, { name: chosen.name })} onClick={() => void attempt(deletePreset(chosen.name), chosen)} />
        )}
        {!chosen && kept && <KeepPreset taken={presets.map(({ name }) => name)} keep={(name) => attempt(keepPreset(name, kept), null)} />}
      </div>
      <p id={`${id}-hint`} className="muted tiny">
        {t.asking.presetHint}
      </p>
      <p role="status" className="small">
        {gone && (
          <>
            {t.asking.presetGone} <bdi>{gone.name}</bdi>{" "}
            <button type="button" className="link-button" onClick={() => void attempt(keepPreset(gone.name, textOf(gone)), null)}>
              {t.templates.undo}
            </button>
          </>
        )}
      </p>
      {problem && <ProblemNotice notice={problem} />}
    </div>
  );
}

type KeepProps = { taken: string[]; keep(name: string): Promise<boolean> };

/** Gives what is chosen a name. It stands in a form already, so that Enter must not ask the council. */
function KeepPreset({ taken, keep }: KeepProps) {
  const { t } = useWords();
  const [name, setName] = useState<string | null>(null);
  if (name === null) {
    return (
      <button type="button" className="link-button" onClick={() => setName("")}>
        <Bookmark size={14} aria-hidden /> {t.asking.presetKeep}
      </button>
    );
  }
  const save = async () => {
    if (name.trim() !== "" && (await keep(name.trim()))) announce(t.asking.presetKept);
  };
  return (
    <span className="row wrap preset-name">
      <input
        className="input"
        autoFocus
        aria-label={t.asking.presetName}
        placeholder={t.asking.presetName}
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") setName(null);
          if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
          event.preventDefault();
          void save();
        }}
      />
      <button type="button" className="button" disabled={name.trim() === ""} onClick={() => void save()}>
        {taken.includes(name.trim()) ? t.asking.presetReplace : t.common.save}
      </button>
      <button type="button" className="button" onClick={() => setName(null)}>
        {t.common.cancel}
      </button>
    </span>
  );
}
