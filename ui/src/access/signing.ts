import { answer, noticeOf, server } from "../api/client";
import { queryClient } from "../api/queries";
import { door, heldSession, holdSession, lock } from "./held";

/** Signs in with the token or a code; rejects with `ApiError` when it is the wrong one. */
export async function signIn(token: string): Promise<void> {
  const { session } = await answer(server.POST("/api/v1/session", { body: { token } }));
  holdSession(session);
  queryClient.clear();
  door.set({ state: "open" });
}

/** Signs in with the code of the address this page was opened at. */
export async function enter(code: string): Promise<void> {
  door.set({ state: "entering" });
  const kept = heldSession();
  try {
    await signIn(code);
  } catch (error) {
    const notice = noticeOf(error);
    // A tab that is signed in needs no code, a server that asks for no token neither: its answers decide.
    if (kept !== null || notice.code === "session_not_needed") door.set({ state: "open" });
    else lock(notice);
  }
}

/** Ends the session here and in the server. */
export async function signOut(): Promise<void> {
  await answer(server.DELETE("/api/v1/session"));
  lock(null);
}

/** Whether the session still holds; a socket that is refused does not say why. */
export async function look(): Promise<void> {
  await answer(server.GET("/api/v1/session")).catch(() => {});
}
