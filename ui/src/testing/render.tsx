import { act, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { QueryClientProvider } from "@tanstack/react-query";
import { queryClient } from "../api/queries";
import { LanguageProvider } from "../i18n/language";

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}

/** A component in a page of its own, for tests; in the language of the preferences (English at first). */
export function render(component: ReactNode): { page: HTMLElement; act(action: () => void): void; remove(): void } {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  const page = document.body.appendChild(document.createElement("div"));
  const root = createRoot(page);
  act(() =>
    root.render(
      <QueryClientProvider client={queryClient}>
        <LanguageProvider>{component}</LanguageProvider>
      </QueryClientProvider>,
    ),
  );
  return {
    page,
    act: (action) => act(action),
    remove: () => {
      act(() => root.unmount());
      page.remove();
    },
  };
}
