import { CircleAlert } from "lucide-react";
import type { Consultation } from "../api/types";
import { useWords } from "../i18n/language";
import type { Named } from "./claims";

type Props = { consultation: Consultation; names: ReadonlyMap<number, Named> };

/** Says what the status means for the reader; a complete council needs no banner. */
export function StatusBanner({ consultation, names }: Props) {
  const { t, fill, list } = useWords();
  const { status, members } = consultation;
  if (status === "running" || status === "complete") return null;
  const missing = members
    .filter(({ state, kind }) => kind === "model" && state !== "complete")
    .map(({ position }) => names.get(position)?.name ?? "");
  const texts = {
    degraded: fill(t.status.degradedText, { names: list(missing) }),
    single: t.status.singleText,
    failed: t.status.failedText,
    interrupted: t.status.interruptedText,
    cancelled: t.status.cancelledText,
  };
  return (
    <div className={`notice ${status === "failed" ? "bad" : "warn"}`}>
      <CircleAlert size={16} aria-hidden />
      <p>
        <strong>{t.status[status]}.</strong> {texts[status]}
      </p>
    </div>
  );
}
