import type { MemberRequest, Mode } from "../api/types";
import { readDraft, writeDraft } from "../chat/drafts";
import { amountOf } from "../common/amount";

/** A question as it is being put together. Pasted members have a key so that typing keeps its place. */
export type DraftMember = MemberRequest & { key: string };
/** No mode is a council where enough can judge, else the quick way. */
export type Draft = {
  question: string;
  context: string;
  members: DraftMember[];
  mode: Mode | null;
  /** What it may cost at most, as it was typed. */
  cap: string;
  /** The models that write the conclusion, the first that can; none leaves it to a member. */
  editors: string[];
};

export const emptyDraft: Draft = { question: "", context: "", members: [], mode: null, cap: "", editors: [] };

let counter = 0;

export function newKey(): string {
  counter += 1;
  return `m${counter}-${Date.now()}`;
}

export function readCouncilDraft(): Draft {
  try {
    const kept = JSON.parse(readDraft("council")) as Partial<Draft>;
    return { ...emptyDraft, ...kept };
  } catch {
    return emptyDraft;
  }
}

export function writeCouncilDraft(draft: Draft): void {
  writeDraft("council", draft.question || draft.context || draft.members.length > 0 ? JSON.stringify(draft) : "");
}

/** Members with every sample counted. */
export function seats(members: MemberRequest[]): number {
  return members.reduce((sum, member) => sum + (member.type === "model" ? (member.samples ?? 1) : 1), 0);
}

export type DraftProblem = { kind: "question" | "members" | "cap" } | { kind: "text"; name: string };

/** What still hinders asking, or null. */
export function draftProblem({ question, members, cap }: Draft): DraftProblem | null {
  if (question.trim() === "") return { kind: "question" };
  const empty = members.find((member) => member.type === "pasted" && member.text.trim() === "");
  if (empty?.type === "pasted") return { kind: "text", name: empty.name };
  if (seats(members) < 2) return { kind: "members" };
  return amountOf(cap) === undefined ? { kind: "cap" } : null;
}

/** What is sent: without keys, without an empty context, one sample unsaid. */
export function requestOf(draft: Draft) {
  const members = draft.members.map((member): MemberRequest =>
    member.type === "pasted"
      ? { type: "pasted", name: member.name, text: member.text }
      : { type: "model", model: member.model, samples: member.samples ?? 1 },
  );
  const context = draft.context.trim() === "" ? {} : { context: draft.context };
  const mode = draft.mode === null ? {} : { mode: draft.mode };
  const amount = amountOf(draft.cap);
  const cap = amount ? { max_cost_usd: amount } : {};
  const editors = draft.editors.length === 0 ? {} : { editors: draft.editors };
  return { question: draft.question, ...context, members, ...mode, ...cap, ...editors };
}
