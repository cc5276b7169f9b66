import { useCallback, useEffect, useRef, useState, type RefObject } from "react";

/** So near to the end counts as being there. */
const nearPx = 48;

/**
 * Follows the end of a growing text as long as the reader is there. Any scroll upward lets go;
 * coming back to the end takes hold again. `behind` counts the lines that came meanwhile.
 * With `follow` false nothing moves by itself.
 */
export function useEnd(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  follow = true,
): { behind: number; toEnd(): void } {
  const [behind, setBehind] = useState(0);
  const held = useRef(true);
  const seenHeight = useRef(0);
  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    held.current = true;
    element.scrollTop = element.scrollHeight;
    setBehind(0);
  }, [scroller]);
  useEffect(() => {
    const element = scroller.current;
    const inner = content.current;
    if (!element || !inner || !follow) return;
    let last = element.scrollTop;
    const onScroll = () => {
      const rest = element.scrollHeight - element.scrollTop - element.clientHeight;
      if (element.scrollTop < last - 1 && rest > nearPx) {
        if (held.current) seenHeight.current = element.scrollHeight;
        held.current = false;
      } else if (rest <= nearPx) {
        held.current = true;
        setBehind(0);
      }
      last = element.scrollTop;
    };
    const onGrow = () => {
      if (held.current) {
        element.scrollTop = element.scrollHeight;
        last = element.scrollTop;
        return;
      }
      const line = Number.parseFloat(getComputedStyle(inner).lineHeight) || 24;
      setBehind(Math.max(0, Math.round((element.scrollHeight - seenHeight.current) / line)));
    };
    const observer = new ResizeObserver(onGrow);
    observer.observe(inner);
    observer.observe(element);
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }, [scroller, content, follow]);
  return { behind, toEnd };
}
