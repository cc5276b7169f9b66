import { useEffect } from "react";
import { preloadMarkdown } from "../markdown/lazy";
import { Ask } from "./ask";
import { ConsultationScreen } from "./consultation";
import "./council.css";
import "./insight.css";

export default function CouncilScreen({ id }: { id: string | null }) {
  useEffect(preloadMarkdown, []);
  return id === null ? <Ask /> : <ConsultationScreen key={id} id={id} />;
}
