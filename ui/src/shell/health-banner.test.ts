import { expect, it } from "vitest";
import type { HealthCheck } from "../api/types";
import { urgent } from "./health-banner";

const check = (name: string, status: HealthCheck["status"]): HealthCheck => ({ name, status, code: name, params: {}, detail: "", hint: null });

it.each([
  ["an error of anything", [check("disk", "error")], 1],
  ["what was mended at the start", [check("alert", "warning")], 1],
  ["no mere warning", [check("disk", "warning"), check("backups", "warning")], 0],
  ["nothing that is fine", [check("alert", "ok"), check("database", "ok")], 0],
])("the banner tells %s", (_, checks, count) => {
  expect(urgent(checks, [])).toHaveLength(count);
});

it("what was put away is not told again", () => {
  expect(urgent([check("alert", "error")], ["alert {}"])).toEqual([]);
});
