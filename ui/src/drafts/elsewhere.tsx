import { useWords } from "../i18n/language";
import { directionOf } from "../markdown/direction";

type Props = { text: string; take(): void; keep(): void };

/** Two tabs typed into the same field: the person chooses, nothing is lost unseen. */
export function Elsewhere({ text, take, keep }: Props) {
  const { t } = useWords();
  return (
    <div className="notice warn elsewhere" role="status">
      <div className="grow">
        <p>{t.drafts.elsewhere}</p>
        <p className="elsewhere-text" dir={directionOf(text) ?? undefined}>
          {text}
        </p>
        <div className="row wrap">
          <button type="button" className="button" onClick={take}>
            {t.drafts.take}
          </button>
          <button type="button" className="button" onClick={keep}>
            {t.drafts.keep}
          </button>
        </div>
      </div>
    </div>
  );
}
