import type { Consultation, Stage } from "../api/types";
import { costText } from "../common/cost-text";
import { useWords } from "../i18n/language";

type Props = { consultation: Consultation; running: Stage | null };

const order: Stage[] = ["answer", "review", "revise", "edit"];

/** The stages of a council in order: which were held, which one is going on, and what each cost. */
export function Stages({ consultation: { plan, stages }, running }: Props) {
  const words = useWords();
  const { t } = words;
  if (plan.mode === "quick" && stages.length < 2) return null;
  return (
    <ol className="stages" aria-label={t.deliberation.stagesTitle}>
      {order.map((stage) => {
        const held = stages.find((each) => each.stage === stage);
        const state = running === stage ? "running" : held ? "held" : "open";
        return (
          <li key={stage} className={state} aria-current={running === stage ? "step" : undefined}>
            <span>{t.deliberation.stages[stage]}</span>
            <span className="muted tiny number">
              {running === stage ? t.status.running : held ? costText(held.cost_usd, held.unknown_costs, words) : "–"}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
