import type { Call } from "../api/types";
import { useWords } from "../i18n/language";

/** Input and output tokens; null when the provider did not say. */
export function tokensOf(call: Call): { input: number; output: number } | null {
  const { usage } = call;
  if (!usage || usage.output_tokens === null) return null;
  const parts = [
    usage.fresh_tokens,
    usage.cache_read_tokens,
    usage.cache_write_5m_tokens,
    usage.cache_write_1h_tokens,
  ].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return { input: parts.reduce((sum, part) => sum + part, 0), output: usage.output_tokens };
}

/** What one call took: time, tokens, cost. What is unknown says so. */
export function CallFacts({ call }: { call: Call }) {
  const { t, fill, number, duration, usd } = useWords();
  const tokens = tokensOf(call);
  return (
    <span className="facts number">
      {call.first_token_ms !== null && (
        <span title={t.measure.firstTokenLabel}>
          {fill(t.measure.firstToken, { time: duration(call.first_token_ms) })}
        </span>
      )}
      {call.duration_ms !== null && <span title={t.measure.duration}>{duration(call.duration_ms)}</span>}
      {tokens && (
        <span title={t.measure.tokensLabel}>
          {fill(t.measure.inOut, { input: number(tokens.input), output: number(tokens.output) })}
        </span>
      )}
      <span title={t.measure.cost}>{call.cost_usd === null ? t.measure.costUnknown : usd(call.cost_usd)}</span>
    </span>
  );
}
