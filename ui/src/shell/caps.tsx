import { Fragment } from "react";
import { useWords } from "../i18n/language";
import { capsOf, type Shortcut } from "./shortcuts";

type Props = { shortcut: Shortcut; groups?: never } | { groups: string[][]; shortcut?: never };

/** Keys to press, always in left-to-right order as they are printed on the keyboard. */
export function Caps({ shortcut, groups }: Props) {
  const { t } = useWords();
  const caps = shortcut ? capsOf(shortcut) : groups;
  return (
    <span className="caps" dir="ltr">
      {caps.map((group, index) => (
        <Fragment key={group.join()}>
          {index > 0 && <span className="muted tiny">{t.keys.afterwards}</span>}
          {group.map((cap) => (
            <kbd key={cap}>{cap}</kbd>
          ))}
        </Fragment>
      ))}
    </span>
  );
}
