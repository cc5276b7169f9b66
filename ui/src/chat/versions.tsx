import { ChevronLeft, ChevronRight } from "lucide-react";
import type { Message } from "../api/types";
import { useWords } from "../i18n/language";
import { announce } from "../state/announce";

type Props = { message: Pick<Message, "id" | "versions">; show(message: string): void };

/** Leads through the messages that stand in one place: "‹ 2/3 ›". Nothing where there is only one. */
export function Versions({ message, show }: Props) {
  const { t, fill, number } = useWords();
  const { versions } = message;
  const place = versions.indexOf(message.id);
  if (versions.length < 2 || place < 0) return null;
  const values = (at: number) => ({ n: number(at + 1), count: number(versions.length) });
  const go = (to: number) => {
    const id = versions[to];
    if (id === undefined) return;
    show(id);
    announce(fill(t.chat.version, values(to)));
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>) => {
    const forward = getComputedStyle(event.currentTarget).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const backward = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    if (event.key !== forward && event.key !== backward) return;
    event.preventDefault();
    go(place + (event.key === forward ? 1 : -1));
  };
  return (
    <span className="versions number" role="group" aria-label={fill(t.chat.version, values(place))} onKeyDown={onKeyDown}>
      <Step label={t.chat.versionBefore} icon={ChevronLeft} off={place === 0} go={() => go(place - 1)} />
      <span aria-hidden dir="ltr">
        {number(place + 1)}/{number(versions.length)}
      </span>
      <Step label={t.chat.versionAfter} icon={ChevronRight} off={place === versions.length - 1} go={() => go(place + 1)} />
    </span>
  );
}

type StepProps = { label: string; icon: typeof ChevronLeft; off: boolean; go(): void };

/** Stays focusable at the ends, so that the keys go on working there. */
function Step({ label, icon: Icon, off, go }: StepProps) {
  return (
    <button type="button" className="icon-button quiet" aria-label={label} title={label} aria-disabled={off} onClick={() => !off && go()}>
      <Icon size={16} aria-hidden className="flip" />
    </button>
  );
}
