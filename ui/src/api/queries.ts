import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { currentWords } from "../i18n/language";
import { followRun, liveRun } from "../live/live";
import { announce } from "../state/announce";
import { answer, ApiError, server } from "./client";
import type { BudgetChange, ConsultationSummary, ConversationSummary, CostQuery, Costs, PresetText, SearchQuery, Settings } from "./types";

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
  keys: ["keys"],
  presets: ["presets"],
  templates: ["templates"],
  settings: ["settings"],
  conversations: ["conversations"],
  conversation: (id: string) => ["conversation", id],
  consultations: ["consultations"],
  consultation: (id: string) => ["consultation", id],
  sample: (language: string) => ["sample", language],
  search: (query: SearchQuery) => ["search", query],
  costs: (query: CostQuery) => ["costs", query],
  record: ["record"],
  budgets: ["budgets"],
  backups: ["backups"],
  health: ["health"],
  metrics: ["metrics"],
  alerts: ["alerts"],
  retention: ["retention"],
  retentionPreview: ["retention", "preview"],
} as const;

export function useModels() {
  return useQuery({
    queryKey: keys.models,
    queryFn: async () => (await answer(server.GET("/api/v1/models"))).models,
    staleTime: 30_000,
  });
}

export function useProviders() {
  return useQuery({
    queryKey: keys.providers,
    queryFn: async () => (await answer(server.GET("/api/v1/providers"))).providers,
  });
}

/** Where each provider's key comes from; never the keys. */
export function useKeys() {
  return useQuery({
    queryKey: keys.keys,
    queryFn: async () => (await answer(server.GET("/api/v1/keys"))).keys,
  });
}

export function usePresets() {
  return useQuery({
    queryKey: keys.presets,
    queryFn: async () => (await answer(server.GET("/api/v1/presets"))).items,
    staleTime: 30_000,
  });
}

export async function keepPreset(name: string, body: PresetText): Promise<void> {
  await answer(server.PUT("/api/v1/presets/{name}", { params: { path: { name } }, body }));
  await queryClient.invalidateQueries({ queryKey: keys.presets });
}

export async function deletePreset(name: string): Promise<void> {
  await answer(server.DELETE("/api/v1/presets/{name}", { params: { path: { name } } }));
  await queryClient.invalidateQueries({ queryKey: keys.presets });
}

type ListPath = "/api/v1/conversations" | "/api/v1/consultations";

const pageSize = 50;

function usePages<Path extends ListPath>(key: readonly string[], path: Path) {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => {
      const query = { limit: pageSize, ...(pageParam === null ? {} : { before: pageParam }) };
      return answer(server.GET(path as ListPath, { params: { query } })) as Promise<Listed[Path]>;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

type Listed = {
  "/api/v1/conversations": { items: ConversationSummary[]; next: string | null };
  "/api/v1/consultations": { items: ConsultationSummary[]; next: string | null };
};

export const useConversations = () => usePages(keys.conversations, "/api/v1/conversations");
export const useConsultations = () => usePages(keys.consultations, "/api/v1/consultations");

const hitsPerPage = 20;

/** What was found, newest first; the hits of the words before stay until the new ones come. */
export function useSearch(query: SearchQuery) {
  return useInfiniteQuery({
    queryKey: keys.search(query),
    queryFn: ({ pageParam, signal }) => {
      const page = pageParam === null ? {} : { before: pageParam };
      return answer(server.GET("/api/v1/search", { params: { query: { ...query, limit: hitsPerPage, ...page } }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    enabled: query.q !== "",
    placeholderData: keepPreviousData,
  });
}

export function useCosts(query: CostQuery) {
  return useQuery({ queryKey: keys.costs(query), // As text only when that is asked for.
    queryFn: async () => (await answer(server.GET("/api/v1/costs", { params: { query } }))) as Costs, placeholderData: keepPreviousData });
}

export function useRecord() {
  return useQuery({ queryKey: keys.record, queryFn: () => answer(server.GET("/api/v1/consultations/stats")) });
}

export function useBackups() {
  return useQuery({ queryKey: keys.backups, queryFn: () => answer(server.GET("/api/v1/backups")) });
}

export function useRetention() {
  return useQuery({ queryKey: keys.retention, queryFn: () => answer(server.GET("/api/v1/retention")) });
}

export function useRetentionPreview() {
  return useQuery({ queryKey: keys.retentionPreview, queryFn: () => answer(server.POST("/api/v1/retention/preview")) });
}

const healthEveryMs = 5 * 60_000;

export function useHealth() {
  return useQuery({ queryKey: keys.health, queryFn: () => answer(server.GET("/api/v1/health")), staleTime: 30_000, refetchInterval: healthEveryMs });
}

const metricsEveryMs = 5_000;

export function useLiveMetrics() {
  return useQuery({ queryKey: keys.metrics, queryFn: () => answer(server.GET("/api/v1/metrics/summary")), refetchInterval: metricsEveryMs });
}

export function useAlerts() {
  return useQuery({ queryKey: keys.alerts, queryFn: () => answer(server.GET("/api/v1/alerts")) });
}

/** Sends a test through every channel. */
export const testAlerts = () => answer(server.POST("/api/v1/alerts/test"));

/** The same as a table for other programs. */
export async function readCostsCsv(query: CostQuery): Promise<Blob> {
  const pending = server.GET("/api/v1/costs", { params: { query }, headers: { accept: "text/csv" }, parseAs: "blob" });
  return (await answer(pending)) as unknown as Blob;
}

export const readBudgets = () => answer(server.GET("/api/v1/budgets"));
export const writeBudgets = (change: BudgetChange) => answer(server.PUT("/api/v1/budgets", { body: change }));

export function useBudgets() {
  return useQuery({ queryKey: keys.budgets, queryFn: readBudgets });
}

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
      const conversation = await answer(
        server.GET("/api/v1/conversations/{id}", { params: { path: { id: id ?? "" } } }),
      );
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
      const consultation = await answer(server.GET("/api/v1/consultations/{id}", { params: { path: { id } } }));
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

export function useCouncilSample(language: "en" | "ar") {
  return useQuery({
    queryKey: keys.sample(language),
    queryFn: () => answer(server.GET("/api/v1/samples/council", { params: { query: { language } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export const readSettings = () => answer(server.GET("/api/v1/settings"));
export const writeSettings = (change: Partial<Settings>) => answer(server.PATCH("/api/v1/settings", { body: change }));

/** Stops a run, or one reply of it; what came is kept. */
export const cancelRun = (run_id: string, message_id?: string) =>
  answer(
    server.POST("/api/v1/runs/{id}/cancel", {
      params: { path: { id: run_id } },
      body: message_id === undefined ? {} : { message_id },
    }),
  );
