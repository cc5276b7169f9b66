import { useQuery } from "@tanstack/react-query";
import { answer, server } from "../api/client";
import { keys, queryClient } from "../api/queries";
import type { Template, TemplateText } from "../api/types";

const perPage = 100;

async function readTemplates(): Promise<Template[]> {
  const found: Template[] = [];
  let before: string | null = null;
  do {
    const query: { limit: number; before?: string } = before === null ? { limit: perPage } : { limit: perPage, before };
    const page: { items: Template[]; next: string | null } = await answer(server.GET("/api/v1/templates", { params: { query } }));
    found.push(...page.items);
    before = page.next;
  } while (before !== null);
  return found;
}

/** All templates, newest first. */
export function useTemplates() {
  return useQuery({ queryKey: keys.templates, queryFn: readTemplates });
}

const refresh = () => queryClient.invalidateQueries({ queryKey: keys.templates });

/** Keeps a template: a new one, or one that was there with another name and text. */
export async function keepTemplate(id: string | null, body: TemplateText): Promise<void> {
  if (id === null) await answer(server.POST("/api/v1/templates", { body }));
  else await answer(server.PUT("/api/v1/templates/{id}", { params: { path: { id } }, body }));
  await refresh();
}

export async function deleteTemplate(id: string): Promise<void> {
  await answer(server.DELETE("/api/v1/templates/{id}", { params: { path: { id } } }));
  await refresh();
}
