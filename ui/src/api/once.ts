import { ApiError } from "./client";

/** Keys of what was sent and whose answer never came. */
const open = new Map<string, string>();

/**
 * Sends what may cost money under a key, so that the server carries it out once: the same `what` tried again
 * after the connection failed has the same key, anything after an answer a fresh one.
 */
export async function once<Data>(what: string, send: (key: string) => Promise<Data>): Promise<Data> {
  const key = open.get(what) ?? crypto.randomUUID();
  open.set(what, key);
  try {
    const data = await send(key);
    open.delete(what);
    return data;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 0) open.delete(what);
    throw error;
  }
}
