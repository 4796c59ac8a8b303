import { t, type Key } from "../../foundation/strings.ts";

/** What a feature of the ledger is called. */
export function featureName(feature: string): string {
  const key = `us.f.${feature}` as Key;
  const words = t(key);
  return words === key ? feature : words;
}
