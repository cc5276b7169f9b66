import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";

export default function Screen({ id }: { id: string | null }) {
  const { t } = useWords();
  useTitle(t.council.title);
  return <h1 className="page" data-id={id}>{t.council.title}</h1>;
}
