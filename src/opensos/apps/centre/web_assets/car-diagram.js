// The car from above, front up, with the push that it took: an arrow along the change of velocity, drawn to where it hit.
// Axes of the car: x forward, y to the right. A car hit from the front is slowed down: its ΔV points backward.

import { html, nothing, svg } from "../ui/element.js";
import { decimal, known } from "../ui/format.js";
import { t } from "../ui/i18n.js";
import { term } from "./words.js";

const HALF_LENGTH = 62;
const HALF_WIDTH = 29;
const LENGTH = 38;
const SIDES = { front: [-1, 0], rear: [1, 0], left: [0, 1], right: [0, -1] };

/** The push in the car's axes as a unit vector, from ΔV or else from the side that was hit; null where neither says it. */
export function push(crash) {
  const x = crash.delta_v_x_kmh;
  const y = crash.delta_v_y_kmh;
  if (known(x) && known(y) && Math.hypot(x, y) >= 1) return [x / Math.hypot(x, y), y / Math.hypot(x, y)];
  return SIDES[crash.impact] ?? null;
}

/** The change of velocity in km/h and whether the sensor's range makes it a lower bound; null where it is not known. */
export function totalDeltaV(crash) {
  const x = crash.delta_v_x_kmh;
  const y = crash.delta_v_y_kmh;
  if (!known(x) && !known(y)) return null;
  const range = crash.range_kmh;
  const clipped = known(range) && [x, y].some((v) => known(v) && Math.abs(v) >= range);
  return { kmh: Math.hypot(x ?? 0, y ?? 0), atLeast: clipped || !known(x) || !known(y) };
}

// On the screen: right is the car's right, up is forward. The arrow ends where the push line leaves the body.
function ends([x, y]) {
  const [dx, dy] = [y, -x];
  const reach = 1 / Math.max(Math.abs(dx) / HALF_WIDTH, Math.abs(dy) / HALF_LENGTH);
  const tip = [-dx * reach, -dy * reach];
  return { tip, tail: [tip[0] - dx * LENGTH, tip[1] - dy * LENGTH], dx, dy };
}

function arrow({ tip, tail, dx, dy }) {
  const wing = (side) => [tip[0] - dx * 15 + side * dy * 10, tip[1] - dy * 15 - side * dx * 10];
  return svg`<g class="push">
    <circle class="hit" cx=${tip[0]} cy=${tip[1]} r="15"></circle>
    <line x1=${tail[0]} y1=${tail[1]} x2=${tip[0] - dx * 12} y2=${tip[1] - dy * 12}></line>
    <polygon points=${`${tip} ${wing(1)} ${wing(-1)}`}></polygon>
  </g>`;
}

export function carDiagram(crash) {
  const direction = push(crash);
  const line = direction ? ends(direction) : null;
  const top = Math.min(-HALF_LENGTH, line?.tail[1] ?? 0) - 6;
  const height = Math.max(HALF_LENGTH, line?.tail[1] ?? 0) + 6 - top;
  const total = totalDeltaV(crash);
  const where = known(crash.impact) ? term("impact", crash.impact) : t("unknown");
  const speed = total ? t(total.atLeast ? "crash.at_least" : "crash.kmh", { n: decimal(total.kmh) }) : t("unknown");
  return html`<figure class="car-diagram">
    <svg viewBox=${`-75 ${top} 150 ${height}`} width="112" height=${Math.round(height * 0.75)} role="img" aria-label=${t("crash.diagram", { where, speed })}>
      <rect class="body" x="-29" y="-62" width="58" height="124" rx="19"></rect>
      <path class="glass" d="M-22 -26 Q0 -38 22 -26 L18 -10 Q0 -16 -18 -10 Z M-19 34 Q0 40 19 34 L21 46 Q0 53 -21 46 Z"></path>
      <path class="trim" d="M-24 -8 V34 M24 -8 V34 M-18 -54 l6 -3 M18 -54 l-6 -3"></path>
      ${line ? arrow(line) : nothing}
    </svg>
    <figcaption><span class="front">↑ ${t("crash.front")}</span></figcaption>
  </figure>`;
}
