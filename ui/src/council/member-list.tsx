import { ClipboardPaste, Minus, Plus, X } from "lucide-react";
import { useId } from "react";
import { Glyph } from "../common/glyph";
import { IconButton } from "../common/icon-button";
import { ModelPicker, priceText, useModelFacts } from "../common/model-picker";
import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";
import { newKey, type DraftMember } from "./draft";

type Props = { members: DraftMember[]; change(members: DraftMember[]): void };

const mostSamples = 9;

/** Who sits in the council: models with samples, and answers brought from elsewhere. */
export function MemberList({ members, change }: Props) {
  const { t, number } = useWords();
  const put = (index: number, member: DraftMember) => change(members.with(index, member));
  const addModel = (model: string) => {
    const index = members.findIndex((member) => member.type === "model" && member.model === model);
    const known = members[index];
    if (known?.type === "model") {
      put(index, { ...known, samples: Math.min(mostSamples, (known.samples ?? 1) + 1) });
    } else {
      change([...members, { key: newKey(), type: "model", model, samples: 1 }]);
    }
  };
  const addPasted = () => {
    const count = members.filter(({ type }) => type === "pasted").length + 1;
    const name = `${t.council.pastedText} ${number(count)}`;
    change([...members, { key: newKey(), type: "pasted", name, text: "" }]);
  };
  return (
    <div className="field">
      <span className="label">{t.council.members}</span>
      {members.length > 0 && (
        <ul className="member-list">
          {members.map((member, index) => (
            <li key={member.key}>
              {member.type === "model" ? (
                <ModelSeat
                  place={index}
                  member={member}
                  change={(next) => put(index, next)}
                  remove={() => change(members.toSpliced(index, 1))}
                />
              ) : (
                <PastedSeat
                  place={index}
                  member={member}
                  change={(next) => put(index, next)}
                  remove={() => change(members.toSpliced(index, 1))}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      <div className="row wrap">
        <ModelPicker label={t.council.addModel} onPick={(model) => addModel(model.id)}>
          <Plus size={16} aria-hidden /> {t.council.addModel}
        </ModelPicker>
        <button type="button" className="button" onClick={addPasted} title={t.council.pastedHint}>
          <ClipboardPaste size={16} aria-hidden /> {t.council.addPasted}
        </button>
      </div>
    </div>
  );
}

type SeatProps<Kind> = {
  place: number;
  member: Extract<DraftMember, { type: Kind }>;
  change(member: DraftMember): void;
  remove(): void;
};

function ModelSeat({ place, member, change, remove }: SeatProps<"model">) {
  const words = useWords();
  const { t, fill, number } = words;
  const { name, demo, model } = useModelFacts()(member.model);
  const samples = member.samples ?? 1;
  return (
    <div className="seat">
      <Glyph place={place} />
      <span className="grow">
        <span className="row">
          <bdi className="ellipsis">{name}</bdi>
          {demo && <span className="chip warn">{t.model.demo}</span>}
        </span>
        {model && <span className="muted tiny model-note">{priceText(model, words)}</span>}
      </span>
      <span className="stepper" role="group" aria-label={t.council.samples} title={t.council.samplesHint}>
        <IconButton
          icon={Minus}
          className="quiet"
          label={fill(t.council.fewerSamples, { model: name })}
          onClick={() => change({ ...member, samples: Math.max(1, samples - 1) })}
        />
        <span className="number">×{number(samples)}</span>
        <IconButton
          icon={Plus}
          className="quiet"
          label={fill(t.council.moreSamples, { model: name })}
          onClick={() => change({ ...member, samples: Math.min(mostSamples, samples + 1) })}
        />
      </span>
      <IconButton icon={X} className="quiet" label={fill(t.council.removeMember, { name })} onClick={remove} />
    </div>
  );
}

function PastedSeat({ place, member, change, remove }: SeatProps<"pasted">) {
  const { t, fill } = useWords();
  const id = useId();
  return (
    <div className="seat pasted-seat">
      <div className="row">
        <Glyph place={place} />
        <label htmlFor={`${id}-name`} className="hidden-text">
          {t.council.pastedName}
        </label>
        <input
          id={`${id}-name`}
          className="input grow"
          value={member.name}
          placeholder={t.council.pastedNameHint}
          onChange={(event) => change({ ...member, name: event.target.value })}
        />
        <IconButton icon={X} className="quiet" label={fill(t.council.removeMember, { name: member.name })} onClick={remove} />
      </div>
      <label htmlFor={`${id}-text`} className="hidden-text">
        {t.council.pastedText}
      </label>
      <textarea
        id={`${id}-text`}
        className="input pasted-text"
        rows={3}
        value={member.text}
        dir={directionOf(member.text) ?? undefined}
        placeholder={t.council.pastedTextHint}
        onChange={(event) => change({ ...member, text: event.target.value })}
      />
    </div>
  );
}
