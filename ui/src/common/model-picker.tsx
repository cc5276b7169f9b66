import { Search } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import { Autocomplete, useFilter } from "react-aria-components/Autocomplete";
import { Button } from "react-aria-components/Button";
import { Header } from "react-aria-components/Header";
import { Input } from "react-aria-components/Input";
import { Menu, MenuItem, MenuSection, MenuTrigger } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import { SearchField } from "react-aria-components/SearchField";
import { noticeOf } from "../api/client";
import { useModels } from "../api/queries";
import type { Model } from "../api/types";
import { useWords, type Words } from "../i18n/language";
import { ProblemNotice } from "./problem";

type Props = { label: string; className?: string; onPick(model: Model): void; children: ReactNode };

/** A button that opens the list of models with their state and price. */
export function ModelPicker({ label, className = "button", onPick, children }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <MenuTrigger isOpen={open} onOpenChange={setOpen}>
      <Button className={className} aria-label={label}>
        {children}
      </Button>
      <Popover className="popover model-popover" placement="bottom start">
        {open && <ModelList onPick={onPick} close={() => setOpen(false)} />}
      </Popover>
    </MenuTrigger>
  );
}

function ModelList({ onPick, close }: { onPick(model: Model): void; close(): void }) {
  const { t } = useWords();
  const { contains } = useFilter({ sensitivity: "base" });
  const models = useModels();
  const groups = useMemo(() => byProvider(models.data ?? []), [models.data]);
  if (models.error) {
    return <ProblemNotice title={t.model.failed} notice={noticeOf(models.error)} retry={() => models.refetch()} />;
  }
  if (models.data?.length === 0) {
    return (
      <div className="pad small">
        <strong>{t.model.none}</strong>
        <p className="muted">{t.model.noneHint}</p>
      </div>
    );
  }
  return (
    <Autocomplete filter={contains}>
      <SearchField className="search" aria-label={t.model.search} autoFocus>
        <Search size={16} aria-hidden />
        <Input placeholder={t.model.search} />
      </SearchField>
      <Menu className="menu" aria-label={t.model.pick} onClose={close} renderEmptyState={() => <p className="muted small pad">{t.palette.empty}</p>}>
        {groups.map(([provider, items]) => (
          <MenuSection key={provider}>
            <Header>
              <bdi>{provider}</bdi>
            </Header>
            {items.map((model) => (
              <MenuItem
                key={model.id}
                id={model.id}
                className="menu-item model-item"
                textValue={`${model.display_name ?? ""} ${model.id}`}
                isDisabled={model.state === "unavailable"}
                onAction={() => onPick(model)}
              >
                <ModelLine model={model} />
              </MenuItem>
            ))}
          </MenuSection>
        ))}
      </Menu>
    </Autocomplete>
  );
}

/** Ready models first within their provider; providers with something ready first. */
export function byProvider(models: Model[]): [string, Model[]][] {
  const rank = (model: Model) => (model.state === "unavailable" ? 2 : 0) + (model.demo ? 1 : 0);
  const groups = new Map<string, Model[]>();
  for (const model of models.toSorted((a, b) => rank(a) - rank(b))) {
    groups.set(model.provider, [...(groups.get(model.provider) ?? []), model]);
  }
  return [...groups];
}

function ModelLine({ model }: { model: Model }) {
  const words = useWords();
  const { t } = words;
  return (
    <span className="grow">
      <span className="row">
        <bdi className="grow ellipsis">{modelName(model)}</bdi>
        {model.demo && <span className="chip warn">{t.model.demo}</span>}
        {model.local && !model.demo && <span className="chip">{t.model.local}</span>}
        {model.state !== "ready" && (
          <span className={`chip ${model.state === "unavailable" ? "bad" : ""}`}>{t.model[model.state]}</span>
        )}
      </span>
      <span className="muted tiny model-note" dir="auto">
        {model.state === "unavailable" && model.reason ? words.notice(model.reason) : priceText(model, words)}
      </span>
    </span>
  );
}

export function modelName(model: Pick<Model, "name" | "display_name">): string {
  return model.display_name ?? model.name;
}

/** The price of a model in words; an unknown price says so and is never zero. */
export function priceText(model: Model, { t, fill, usd }: Words): string {
  const input = model.price?.input_usd_per_mtok ?? null;
  const output = model.price?.output_usd_per_mtok ?? null;
  if (input === null || output === null) return t.model.priceUnknown;
  if (Number(input) === 0 && Number(output) === 0) return t.model.free;
  return fill(t.model.price, { input: usd(input), output: usd(output) });
}

/** Name and facts of a model by its id, also of one that is no longer configured. */
export function useModelFacts(): (id: string) => { name: string; demo: boolean; model: Model | undefined } {
  const { data } = useModels();
  return useMemo(() => {
    const byId = new Map(data?.map((model) => [model.id, model]));
    return (id) => {
      const model = byId.get(id);
      const name = model ? modelName(model) : id.slice(id.indexOf("/") + 1);
      return { name, demo: model?.demo ?? false, model };
    };
  }, [data]);
}
