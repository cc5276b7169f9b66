import { answer, server } from "../api/client";
import { once } from "../api/once";
import { followChat, keys, queryClient } from "../api/queries";
import type { Channel, Conversation, Estimate, Message, SentMessage } from "../api/types";
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

/** Sends to all channels; with `replaces` only to that message's channel, as another version of it. */
export async function sendMessage(conversation: string, text: string, replaces?: string): Promise<void> {
  const body = { text, ...(replaces === undefined ? {} : { replaces }) };
  const sent = await once(`${conversation} ${JSON.stringify(body)}`, (key) =>
    answer(
      server.POST("/api/v1/conversations/{id}/messages", {
        params: { path: { id: conversation }, header: { "Idempotency-Key": key } },
        body,
      }),
    ),
  );
  // What a version stands in place of, only the server knows: then its snapshot is shown.
  const show = (shown: Conversation) => withSent(shown, text, sent, new Date().toISOString());
  await follow(conversation, sent, replaces === undefined ? show : null);
}

/** What sending this would cost; nothing is sent to a model. */
export const estimateMessage = (conversation: string, text: string, replaces: string | undefined, signal: AbortSignal): Promise<Estimate> =>
  answer(
    server.POST("/api/v1/conversations/{id}/messages/estimate", {
      params: { path: { id: conversation } },
      body: { text, ...(replaces === undefined ? {} : { replaces }) },
      signal,
    }),
  );

/** Asks for another answer beside one. */
export async function retryMessage(conversation: string, message: string): Promise<void> {
  const sent = await once(`${conversation} retry ${message}`, (key) =>
    answer(
      server.POST("/api/v1/conversations/{id}/messages/{message_id}/retry", {
        params: { path: { id: conversation, message_id: message }, header: { "Idempotency-Key": key } },
      }),
    ),
  );
  await follow(conversation, sent, null);
}

async function follow(id: string, sent: SentMessage, show: ((shown: Conversation) => Conversation) | null): Promise<void> {
  const replies = sent.replies.map((reply) => reply.message_id);
  remember(id, sent.run_id, replies);
  followChat(sent.run_id, id);
  if (show) {
    queryClient.setQueryData<Conversation>(keys.conversation(id), (shown) => (shown ? show(shown) : shown));
    void queryClient.invalidateQueries({ queryKey: keys.conversations });
  } else {
    await refresh(id);
  }
}

/** Shows the branch in which a message stands. */
export async function showMessage(conversation: string, message: string): Promise<void> {
  const path = { id: conversation, message_id: message };
  const shown = await answer(server.POST("/api/v1/conversations/{id}/messages/{message_id}/show", { params: { path } }));
  queryClient.setQueryData<Conversation>(keys.conversation(conversation), shown);
}

/** The conversation with the question and an empty answer in every channel that was asked. */
export function withSent(shown: Conversation, text: string, sent: SentMessage, now: string): Conversation {
  const add = (channel: Channel): Channel => {
    const reply = sent.replies.find(({ channel_id }) => channel_id === channel.id);
    if (!reply || channel.messages.some(({ id }) => id === reply.message_id)) return channel;
    const base = { reasoning: null, error: null, call: null, model: null, created_at: now };
    const asked: Message = { ...base, id: reply.user_message_id, role: "user", text, state: "complete", versions: [reply.user_message_id] };
    const answer: Message = { ...base, id: reply.message_id, role: "assistant", text: "", state: "streaming", versions: [reply.message_id] };
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
