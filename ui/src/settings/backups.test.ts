import { expect, it } from "vitest";
import { restoreCommand } from "./backups";

it.each([
  ["/srv/a b/backups", 'majlis restore "/srv/a b/backups/x.db"'],
  ["C:\\Data\\backups", 'majlis restore "C:\\Data\\backups\\x.db"'],
])("the command for a backup in %s can be pasted into a shell", (folder, expected) => {
  expect(restoreCommand(folder, "x.db")).toBe(expected);
});
