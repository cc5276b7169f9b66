import { useEffect, useState } from "react";
import { useSearchParams } from "wouter";
import type { Conversation } from "../api/types";
import { showMessage } from "./sending";

/**
 * The address may name a message (a search leads to one). If it stands in a branch that is not shown, that branch
 * is shown. True when the message is no longer there.
 */
export function useNamedMessage(conversation: Conversation | undefined): boolean {
  const [query] = useSearchParams();
  const named = query.get("message");
  const id = conversation?.id;
  const shown = conversation?.channels.some(({ messages }) => messages.some((message) => message.id === named)) ?? true;
  const [gone, setGone] = useState<string | null>(null);
  useEffect(() => {
    if (id === undefined || named === null || shown || gone === named) return;
    showMessage(id, named).catch(() => setGone(named));
    // Asked once for each name: later the person may choose another branch.
  }, [id, named]);
  return gone !== null && gone === named;
}
