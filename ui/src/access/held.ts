import type { Notice } from "../api/types";
import { External } from "../state/external";

/** Whether this page may ask the server: `entering` while the address it was opened at signs it in. */
export type Door = { state: "open" } | { state: "entering" } | { state: "locked"; notice: Notice | null };

export const door = new External<Door>({ state: "open" });

const key = "majlis.session";
/** For browsers that forbid storage: then a reload asks again. */
let unstored: string | null = null;

/** The session that this tab sends along; null where none is needed or a cookie holds it. */
export function heldSession(): string | null {
  try {
    return sessionStorage.getItem(key) ?? unstored;
  } catch {
    return unstored;
  }
}

export function holdSession(session: string | null): void {
  unstored = session;
  try {
    if (session === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, session);
  } catch {
    // Held in `unstored` alone.
  }
}

/** Shows the sign-in screen; `notice` says why, null when the person wished it. */
export function lock(notice: Notice | null): void {
  holdSession(null);
  door.set({ state: "locked", notice });
}

const lockCodes = new Set(["token_required", "token_wrong", "session_over"]);

/** Whether a problem means that nothing can be asked before signing in. */
export function locksOut(status: number, { code }: Notice): boolean {
  // A request that went out before this tab signed in says nothing about its session.
  const isLate = code === "token_required" && heldSession() !== null;
  return status === 401 && lockCodes.has(code) && !isLate;
}

/** What a fragment brings to sign in with; null when it brings nothing. */
export function codeIn(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token") || null;
}

/** Takes the code out of the address bar and the history, before anything else can see it. */
export function takeCode(): string | null {
  const code = codeIn(location.hash);
  if (code !== null) history.replaceState(history.state, "", location.pathname + location.search);
  return code;
}
