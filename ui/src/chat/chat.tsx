import { useTitle } from "../common/title";
import { useWords } from "../i18n/language";

export default function Screen({ id }: { id: string | null }) {
  const { t } = useWords();
  useTitle(t.chat.title);
  return <h1 className="page" data-id={id}>{t.chat.title}</h1>;
}
