import { LogIn } from "lucide-react";
import { useRef, useState } from "react";
import { noticeOf } from "../api/client";
import type { Notice } from "../api/types";
import { ProblemNotice } from "../common/problem";
import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";
import { Mark } from "../shell/mark";
import { signIn } from "./signing";
import "./sign-in.css";

/** The one field of a server that asks for a token. */
export default function SignIn({ why }: { why: Notice | null }) {
  const { t } = useWords();
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(why?.code === "token_required" ? null : why);
  const field = useRef<HTMLInputElement>(null);
  useTitle(t.access.title);
  const go = async () => {
    setBusy(true);
    try {
      await signIn(token.trim());
    } catch (error) {
      setProblem(noticeOf(error));
      setBusy(false);
      field.current?.select();
    }
  };
  return (
    <main className="sign-in">
      <form
        className="card sign-in-card"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <div className="row">
          <Mark />
          <h1>{t.access.title}</h1>
        </div>
        <p className="muted">{t.access.text}</p>
        <div role="alert">{problem && <ProblemNotice notice={problem} />}</div>
        <div className="field">
          <label htmlFor="token">{t.access.token}</label>
          <input
            ref={field}
            id="token"
            className="input"
            type="password"
            dir="ltr"
            autoComplete="current-password"
            spellCheck={false}
            required
            // The screen has this one purpose.
            autoFocus
            aria-describedby="token-where"
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
          <p className="muted small" id="token-where">
            {t.access.where}
          </p>
        </div>
        <button type="submit" className="button primary" disabled={busy || token.trim() === ""}>
          <LogIn size={16} aria-hidden className="flip" /> {t.access.enter}
        </button>
      </form>
    </main>
  );
}
