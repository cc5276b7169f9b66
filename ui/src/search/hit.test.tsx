import { MessageSquare } from "lucide-react";
import { expect, it } from "vitest";
import type { SearchHit } from "../api/types";
import { render } from "../testing/render";
import { Hit } from "./hit";

const hit: SearchHit = {
  kind: "answer",
  conversation_id: "c",
  channel_id: "d",
  message_id: "m",
  consultation_id: null,
  member_id: null,
  synthesis_id: null,
  execution_id: null,
  finding_id: null,
  model: "a/b",
  language: "ar",
  title: "Title",
  snippet: [
    { text: "<b>يسمح</b> ", mark: false },
    { text: "وضع", mark: true },
  ],
  cost_usd: null,
  cost_pusd: null,
  created_at: "2026-01-01T00:00:00Z",
};

it("a snippet is text, marked where the server marks it, in its own direction", () => {
  const { page, remove } = render(<Hit hit={hit} icon={MessageSquare} />);
  const snippet = page.querySelector(".snippet");
  expect(snippet?.textContent).toBe("<b>يسمح</b> وضع");
  expect(snippet?.querySelector("b")).toBeNull();
  expect(snippet?.querySelector("mark")?.textContent).toBe("وضع");
  expect(snippet?.getAttribute("dir")).toBe("rtl");
  expect(page.querySelector("a")?.getAttribute("href")).toBe("/chat/c?message=m");
  expect(page.textContent).toContain("cost unknown");
  remove();
});

it("what lives nowhere is no link", () => {
  const { page, remove } = render(<Hit hit={{ ...hit, conversation_id: null }} icon={MessageSquare} />);
  expect(page.querySelector("a")).toBeNull();
  remove();
});
