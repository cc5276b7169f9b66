import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { takeCode } from "./access/held";
import { enter } from "./access/signing";
import { App } from "./app";
import { applyToDocument } from "./state/preferences";
import "./style/tokens.css";
import "./style/fonts.css";
import "./style/base.css";

const code = takeCode();
if (code !== null) void enter(code);

applyToDocument();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
