import { expect, it } from "vitest";
import { directionOf } from "./direction";

it.each([
  ["Hello", "ltr"],
  ["مرحبا", "rtl"],
  ["React مكتبة واجهات يستخدمها كثيرون", "rtl"],
  ["The word مجلس means council", "ltr"],
  ["123 — 456", null],
  ["", null],
] as const)("%s reads %s", (text, direction) => {
  expect(directionOf(text)).toBe(direction);
});
