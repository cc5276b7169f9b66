import { Component, type ReactNode } from "react";
import { useWords } from "../i18n/language";

type State = { error: Error | null };

/** Keeps a failure inside its screen: the rail and the other screens go on. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render() {
    return this.state.error ? <Crashed error={this.state.error} /> : this.props.children;
  }
}

function Crashed({ error }: { error: Error }) {
  const { t } = useWords();
  return (
    <div className="empty" role="alert">
      <h2>{t.common.crashed}</h2>
      <p>{t.common.crashedHint}</p>
      <code dir="ltr">{error.message}</code>
      <button type="button" className="button primary" onClick={() => location.reload()}>
        {t.common.reload}
      </button>
    </div>
  );
}
