import { useCallback, useEffect, useRef, useState, type RefObject } from "react";

/** So near to the end counts as being there. */
const nearPx = 48;

/** By these the reader moves; a scroll alone may be ours. */
const movements = ["wheel", "touchmove", "keydown", "pointerdown"] as const;

/** The element of a message, where it is shown. */
export function messageIn(frame: ParentNode, id: string): HTMLElement | null {
  return frame.querySelector<HTMLElement>(`[data-message="${CSS.escape(id)}"]`);
}

/**
 * Follows the end of a growing text as long as the reader is there. Any scroll upward lets go;
 * coming back to the end takes hold again. `behind` counts the lines that came meanwhile.
 * With `follow` false nothing moves by itself. With `named`, that message is kept in view instead of the
 * end, whatever grows above it, until the reader moves.
 */
export function useEnd(
  scroller: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  follow = true,
  named: string | null = null,
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
    let target = named === null ? null : messageIn(inner, named);
    if (target) {
      held.current = false;
      target.dataset.named = "";
    }
    const letGo = () => {
      if (!target) return;
      target = null;
      seenHeight.current = element.scrollHeight;
    };
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
      if (target) {
        target.scrollIntoView({ block: "center" });
        last = element.scrollTop;
        return;
      }
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
    for (const name of movements) element.addEventListener(name, letGo, { passive: true });
    return () => {
      for (const name of movements) element.removeEventListener(name, letGo);
      observer.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }, [scroller, content, follow, named]);
  return { behind, toEnd };
}
