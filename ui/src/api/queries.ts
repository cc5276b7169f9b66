import { QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { currentWords } from "../i18n/language";
import { followRun, liveRun } from "../live/live";
import { announce } from "../state/announce";
import { ApiError, request } from "./client";
import type {
  Consultation,
  ConsultationSummary,
  Conversation,
  ConversationSummary,
  CouncilSample,
  Model,
  Notice,
  Page,
  Settings,
} from "./types";

const quickRetries = 2;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      // Only an unreachable server is worth asking again: an answer with an error stays the same.
      retry: (failures, error) => error instanceof ApiError && error.status === 0 && failures < quickRetries,
    },
  },
});

export const keys = {
  models: ["models"],
  providers: ["providers"],
  settings: ["settings"],
  conversations: ["conversations"],
  conversation: (id: string) => ["conversation", id],
  consultations: ["consultations"],
  consultation: (id: string) => ["consultation", id],
  sample: (language: string) => ["sample", language],
} as const;

export function useModels() {
  return useQuery({
    queryKey: keys.models,
    queryFn: async () => (await request<{ models: Model[] }>("GET", "/models")).models,
    staleTime: 30_000,
  });
}

export type Provider = {
  name: string;
  kind: string;
  state: Model["state"];
  models: number;
  reason: Notice | null;
};

export function useProviders() {
  return useQuery({
    queryKey: keys.providers,
    queryFn: async () => (await request<{ providers: Provider[] }>("GET", "/providers")).providers,
  });
}

function usePages<Item>(key: readonly string[], path: string) {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => {
      const before = pageParam === null ? "" : `&before=${encodeURIComponent(pageParam)}`;
      return request<Page<Item>>("GET", `${path}?limit=50${before}`);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

export const useConversations = () => usePages<ConversationSummary>(keys.conversations, "/conversations");
export const useConsultations = () => usePages<ConsultationSummary>(keys.consultations, "/consultations");

/** While events were lost the snapshot is asked for again and again: it is all there is to show. */
const brokenPollMs = 1_500;

function pollWhileBroken(run_id: string | null | undefined): number | false {
  const run = run_id ? liveRun(run_id) : undefined;
  return run?.broken && !run.finished ? brokenPollMs : false;
}

export function useConversation(id: string | null) {
  return useQuery({
    queryKey: keys.conversation(id ?? ""),
    queryFn: async () => {
      const conversation = await request<Conversation>("GET", `/conversations/${id}`);
      if (conversation.run_id) followChat(conversation.run_id, conversation.id);
      return conversation;
    },
    enabled: id !== null,
    refetchInterval: ({ state }) => pollWhileBroken(state.data?.run_id),
  });
}

/** Follows the replies of a conversation as they are written. */
export function followChat(run_id: string, conversation: string): void {
  followRun(run_id, {
    finished: () => announce(currentWords().t.chat.allFinished),
    refetch: () => {
      void queryClient.invalidateQueries({ queryKey: keys.conversation(conversation) });
      void queryClient.invalidateQueries({ queryKey: keys.conversations });
    },
  });
}

export function useConsultation(id: string) {
  return useQuery({
    queryKey: keys.consultation(id),
    queryFn: async () => {
      const consultation = await request<Consultation>("GET", `/consultations/${id}`);
      if (consultation.run_id && consultation.status === "running") followCouncil(consultation.run_id, id);
      return consultation;
    },
    refetchInterval: ({ state }) => pollWhileBroken(state.data?.run_id),
  });
}

/** Follows the answers and the measurement of a consultation. */
export function followCouncil(run_id: string, consultation: string): void {
  followRun(run_id, {
    finished: () => announce(currentWords().t.council.finished),
    refetch: () => {
      void queryClient.invalidateQueries({ queryKey: keys.consultation(consultation) });
      void queryClient.invalidateQueries({ queryKey: keys.consultations });
    },
  });
}

export function useCouncilSample(language: string) {
  return useQuery({
    queryKey: keys.sample(language),
    queryFn: () => request<CouncilSample>("GET", `/samples/council?language=${language}`),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export const readSettings = () => request<Settings>("GET", "/settings");
export const writeSettings = (change: Partial<Settings>) => request<Settings>("PATCH", "/settings", change);
export const cancelRun = (run_id: string, message_id?: string) =>
  request<void>("POST", `/runs/${run_id}/cancel`, message_id === undefined ? {} : { message_id });
