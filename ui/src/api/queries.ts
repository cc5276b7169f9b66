import { QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";
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

export function useConversation(id: string | null) {
  return useQuery({
    queryKey: keys.conversation(id ?? ""),
    queryFn: () => request<Conversation>("GET", `/conversations/${id}`),
    enabled: id !== null,
  });
}

export function useConsultation(id: string) {
  return useQuery({
    queryKey: keys.consultation(id),
    queryFn: () => request<Consultation>("GET", `/consultations/${id}`),
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
