import { announced } from "../state/announce";
import { useExternal } from "../state/external";

/** The page's only live region. */
export function LiveRegion() {
  const { text, turn } = useExternal(announced);
  return (
    <div className="hidden-text" aria-live="polite" aria-atomic="true">
      <span key={turn}>{text}</span>
    </div>
  );
}
