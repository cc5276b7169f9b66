import { lazy, Suspense } from "react";
import { directionOf } from "./direction";

const load = () => import("./markdown");
const Rendered = lazy(async () => ({ default: (await load()).Markdown }));

/** Fetches the renderer before the first answer needs it. */
export function preloadMarkdown(): void {
  void load();
}

/** Markdown, as plain text until the renderer has come. */
export function Markdown({ text, streaming = false }: { text: string; streaming?: boolean }) {
  return (
    <Suspense
      fallback={
        <p className="plain" dir={directionOf(text) ?? undefined}>
          {text}
        </p>
      }
    >
      <Rendered text={text} streaming={streaming} />
    </Suspense>
  );
}
