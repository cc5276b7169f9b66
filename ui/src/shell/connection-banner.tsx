import { Unplug } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { queryClient } from "../api/queries";
import { useWords } from "../i18n/language";
import { connection, socket } from "../live/live";
import { announce } from "../state/announce";
import { useExternal } from "../state/external";

/** A restart of the server takes less; only what lasts is worth a banner. */
const patienceMs = 1200;

/** Says that the server is gone, and refetches what is shown when it is back. */
export function ConnectionBanner() {
  const { t } = useWords();
  const state = useExternal(connection);
  const [shown, setShown] = useState(false);
  const wasLost = useRef(false);
  useEffect(() => {
    if (state === "lost") {
      wasLost.current = true;
      const timer = setTimeout(() => setShown(true), patienceMs);
      return () => clearTimeout(timer);
    }
    if (state === "open" && wasLost.current) {
      wasLost.current = false;
      if (shown) announce(t.connection.back);
      setShown(false);
      void queryClient.invalidateQueries();
    }
    return undefined;
  }, [state, shown, t]);
  if (!shown) return null;
  return (
    <div className="banner" role="alert">
      <Unplug size={16} aria-hidden />
      <span className="grow">
        <strong>{t.connection.lost}</strong> <span className="muted">{t.connection.lostHint}</span>
      </span>
      <button type="button" className="button" onClick={() => socket.reconnectNow()}>
        {t.connection.now}
      </button>
    </div>
  );
}
