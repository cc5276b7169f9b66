import { preloadMarkdown } from "../markdown/lazy";
import { Ask } from "./ask";
import { ConsultationScreen } from "./consultation";
import "./council.css";

preloadMarkdown();

export default function CouncilScreen({ id }: { id: string | null }) {
  return id === null ? <Ask /> : <ConsultationScreen key={id} id={id} />;
}
