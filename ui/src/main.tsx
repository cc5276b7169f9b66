import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { applyToDocument } from "./state/preferences";
import "./style/tokens.css";
import "./style/fonts.css";
import "./style/base.css";

applyToDocument();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
