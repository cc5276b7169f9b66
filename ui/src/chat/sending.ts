import { answer, server } from "../api/client";
import { followChat, keys, queryClient } from "../api/queries";
import type { Channel, Conversation, Message, SentMessage } from "../api/types";
import { External } from "../state/external";

/** Which run writes which message, and for which conversation; known from the moment of sending. */
export const writing = new External<ReadonlyMap<string, { run_id: string; conversation: string }>>(new Map());

function remember(conversation: string, run_id: string, messages: string[]): void {
  const next = new Map(writing.get());
  for (const id of messages) next.set(id, { run_id, conversation });
  writing.set(next);
}

/** The run that writes a message: the one it was sent with, else the conversation's own. */
export function runOf(
  message: string,
  known: ReturnType<typeof writing.get>,
  conversation: Conversation | undefined,
): string | null {
  return known.get(message)?.run_id ?? conversation?.run_id ?? null;
}

export async function createConversation(models: string[]): Promise<Conversation> {
  const conversation = await answer(server.POST("/api/v1/conversations", { body: { models } }));
  queryClient.setQueryData(keys.conversation(conversation.id), conversation);
  return conversation;
}

/** Sends to all channels, or to those named, and shows both sides at once. */
export async function sendMessage(conversation: string, text: string, channels?: string[]): Promise<void> {
  const sent = await answer(
    server.POST("/api/v1/conversations/{id}/messages", {
      params: { path: { id: conversation } },
      body: { text, ...(channels ? { channels } : {}) },
    }),
  );
  remember(
    conversation,
    sent.run_id,
    sent.replies.map((reply) => reply.message_id),
  );
  followChat(sent.run_id, conversation);
  queryClient.setQueryData<Conversation>(keys.conversation(conversation), (shown) =>
    shown ? withSent(shown, text, sent, new Date().toISOString()) : shown,
  );
  void queryClient.invalidateQueries({ queryKey: keys.conversations });
}

/** The conversation with the question and an empty answer in every channel that was asked. */
export function withSent(shown: Conversation, text: string, sent: SentMessage, now: string): Conversation {
  const add = (channel: Channel): Channel => {
    const reply = sent.replies.find(({ channel_id }) => channel_id === channel.id);
    if (!reply || channel.messages.some(({ id }) => id === reply.message_id)) return channel;
    const base = { reasoning: null, error: null, call: null, created_at: now };
    const asked: Message = { ...base, id: reply.user_message_id, role: "user", text, state: "complete" };
    const answer: Message = { ...base, id: reply.message_id, role: "assistant", text: "", state: "streaming" };
    return { ...channel, messages: [...channel.messages, asked, answer] };
  };
  return { ...shown, channels: shown.channels.map(add), run_id: sent.run_id };
}

async function refresh(conversation: string): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: keys.conversation(conversation) });
  void queryClient.invalidateQueries({ queryKey: keys.conversations });
}

export async function addChannel(conversation: string, model: string): Promise<void> {
  const path = { id: conversation };
  await answer(server.POST("/api/v1/conversations/{id}/channels", { params: { path }, body: { model } }));
  await refresh(conversation);
}

export async function changeChannel(conversation: string, channel: string, model: string): Promise<void> {
  const path = { id: conversation, channel_id: channel };
  await answer(server.PATCH("/api/v1/conversations/{id}/channels/{channel_id}", { params: { path }, body: { model } }));
  await refresh(conversation);
}

export async function removeChannel(conversation: string, channel: string): Promise<void> {
  const path = { id: conversation, channel_id: channel };
  await answer(server.DELETE("/api/v1/conversations/{id}/channels/{channel_id}", { params: { path } }));
  await refresh(conversation);
}

export async function deleteConversation(conversation: string): Promise<void> {
  await answer(server.DELETE("/api/v1/conversations/{id}", { params: { path: { id: conversation } } }));
  queryClient.removeQueries({ queryKey: keys.conversation(conversation) });
  await queryClient.invalidateQueries({ queryKey: keys.conversations });
}

export async function pinConversation(conversation: string, pinned: boolean): Promise<void> {
  const path = { id: conversation };
  await answer(server.PATCH("/api/v1/conversations/{id}", { params: { path }, body: { pinned } }));
  await refresh(conversation);
}
