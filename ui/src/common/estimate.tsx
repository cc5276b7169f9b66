import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Estimate } from "../api/types";
import { useWords, type Words } from "../i18n/language";
import { useModelFacts } from "./model-picker";

/** So long after the last key the estimate is asked for. */
const pauseMs = 400;

/** `value` once it has stayed the same for `pause_ms`. */
function useSettled<Value>(value: Value, pause_ms: number): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause_ms);
    return () => clearTimeout(timer);
  }, [value, pause_ms]);
  return settled;
}

/** An estimate in words: a range, "free", and which models have no known price. Null when there is nothing to say. */
export function estimateText(
  { low_usd, high_usd, unknown_models }: Pick<Estimate, "low_usd" | "high_usd" | "unknown_models">,
  { t, fill, usd, list }: Pick<Words, "t" | "fill" | "usd" | "list">,
  nameOf: (model: string) => string,
): string | null {
  const unknown = unknown_models.length === 0 ? null : fill(t.estimate.unknown, { models: list(unknown_models.map(nameOf)) });
  const none = high_usd === null || (Number(high_usd) === 0 && unknown !== null);
  if (none) return unknown;
  const range = rangeText(low_usd, high_usd, { t, fill, usd });
  return unknown === null ? range : `${range} · ${unknown}`;
}

/** From what is usual to the most, as short as it can be said. */
export function rangeText(low_usd: string | null, high_usd: string, { t, fill, usd }: Pick<Words, "t" | "fill" | "usd">): string {
  if (Number(high_usd) === 0) return t.estimate.free;
  if (low_usd === null || Number(low_usd) === 0 || usd(low_usd) === usd(high_usd)) return fill(t.estimate.upTo, { high: usd(high_usd) });
  return fill(t.estimate.range, { low: usd(low_usd), high: usd(high_usd) });
}

type Props = {
  /** Where it would be sent: the same text elsewhere is another question. */
  scope: string;
  /** What would be sent; null while nothing can be. Another text means another question to the server. */
  request: string | null;
  ask(request: string, signal: AbortSignal): Promise<Estimate>;
};

/** What sending would cost; null while nothing can be sent, or when the server cannot tell. */
export function useEstimate({ scope, request, ask }: Props): Estimate | null {
  const settled = useSettled(request, pauseMs);
  const query = useQuery({
    queryKey: ["estimate", scope, settled],
    queryFn: ({ signal }) => ask(settled ?? "", signal),
    enabled: settled !== null,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 30_000,
  });
  return request === null ? null : (query.data ?? null);
}

/** What sending would cost, said beside the button that sends. Says nothing when the server cannot tell. */
export function EstimateLine(props: Props) {
  return <EstimateText estimate={useEstimate(props)} />;
}

export function EstimateText({ estimate }: { estimate: Estimate | null }) {
  const words = useWords();
  const facts = useModelFacts();
  const text = estimate && estimateText(estimate, words, (model) => facts(model).name);
  if (text === null) return null;
  return (
    <span className="estimate muted tiny number" title={words.t.estimate.label}>
      <span className="hidden-text">{words.t.estimate.label}: </span>
      {text}
    </span>
  );
}
