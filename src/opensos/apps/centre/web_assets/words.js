// How a card is said in words; used by the row, the detail pane and the announcements alike.

import { known } from "../ui/format.js";
import { hasText, t } from "../ui/i18n.js";

export function triggerIcon(card) {
  if (card.state === "unreadable") return "unreadable";
  return { automatic: "crash", manual: "sos" }[card.trigger] ?? "unknown";
}

export function triggerWords(card) {
  if (card.state === "unreadable") return t("trigger.unreadable");
  return t(`trigger.${card.trigger ?? "unknown"}`);
}

export function stateWords(card) {
  if (card.state === "ended" && card.ended_why) return t(`ended.${card.ended_why}`);
  return t(`state.${card.state}`);
}

export function placeWords(card) {
  const { place, position } = card;
  if (place) {
    const country = place.country ? `, ${place.country}` : "";
    if (!known(place.km) || place.km < 1 || !place.bearing) return `${place.name}${country}`;
    return t("place.near", { km: Math.round(place.km), bearing: t(`bearing.${place.bearing}`), place: `${place.name}${country}` });
  }
  return position ? t("place.unnamed") : t("place.unknown");
}

/** A term of a standard in the reader's language, or as it came. */
export function term(prefix, code) {
  const key = `${prefix}.${code}`;
  return hasText(key) ? t(key) : String(code);
}
