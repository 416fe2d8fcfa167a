// Our few icons: 24 by 24, drawn with strokes, hidden from assistive technology because words stand beside them.

import { html, svg } from "./element.js";

const paths = {
  crash: svg`<path d="M3 17l2-5.5A2 2 0 0 1 6.9 10H12"/><path d="M3 17h10"/><circle cx="6.5" cy="17.5" r="1.8"/><path d="M14 20l1.5-3.2-2.2-2.6 3.4.3L17 11l1.8 3 3.2-.9-1.4 3 1.9 2.6-3.4.1"/>`,
  sos: svg`<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5.5"/><path d="M12 16.3v.2"/>`,
  unknown: svg`<circle cx="12" cy="12" r="9"/><path d="M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8"/><path d="M12 16.5v.2"/>`,
  unreadable: svg`<path d="M6 3h8l4 4v14H6z"/><path d="M14 3v4h4"/><path d="M9 12l6 5M15 12l-6 5"/>`,
  bell: svg`<path d="M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15z"/><path d="M10 20.5a2 2 0 0 0 4 0"/>`,
  bellOff: svg`<path d="M6 16v-5c0-1 .3-2 .7-2.8M9 5.8A6 6 0 0 1 18 11v3M4.5 18h11.5"/><path d="M10 20.5a2 2 0 0 0 4 0M3.5 3.5l17 17"/>`,
  check: svg`<path d="M4.5 12.5l5 5 10-11"/>`,
  data: svg`<path d="M12 4v10M8 10.5l4 4 4-4"/><path d="M4.5 19.5h15"/>`,
  hangup: svg`<path d="M4 14.5c0-1 .6-1.9 1.5-2.3a15.5 15.5 0 0 1 13 0c.9.4 1.5 1.3 1.5 2.3v1.2c0 .7-.6 1.2-1.3 1.1l-2.4-.4c-.6-.1-1-.6-1-1.2v-1.5a12 12 0 0 0-6.6 0v1.5c0 .6-.4 1.1-1 1.2l-2.400.4c-.7.1-1.3-.4-1.3-1.1z"/>`,
  phone: svg`<path d="M6.5 3.5h3l1.5 4-2 1.5a12 12 0 0 0 6 6l1.5-2 4 1.5v3a2 2 0 0 1-2.2 2A17 17 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2z"/>`,
  help: svg`<circle cx="12" cy="12" r="9"/><path d="M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.100.9-1.1 1.8"/><path d="M12 16.5v.2"/>`,
  copy: svg`<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3"/>`,
  warn: svg`<path d="M12 4l9 16H3z"/><path d="M12 10v4.5M12 17.3v.2"/>`,
  info: svg`<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.5v.2"/>`,
  back: svg`<path d="M15 5l-7 7 7 7"/>`,
  open: svg`<path d="M14 4h6v6M20 4l-9 9"/><path d="M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5"/>`,
  file: svg`<path d="M6 3h8l4 4v14H6z"/><path d="M14 3v4h4"/>`,
  link: svg`<path d="M4 8.5a12 12 0 0 1 16 0M7 12a7.5 7.5 0 0 1 10 0M10 15.5a3 3 0 0 1 4 0"/><path d="M12 19v.2"/>`,
  linkOff: svg`<path d="M4 8.5a12 12 0 0 1 4.5-2.7M13 5.5a12 12 0 0 1 7 3M7 12a7.5 7.5 0 0 1 3-1.7M10 15.5a3 3 0 0 1 4 0M12 19v.2M4 3.5l16.5 17"/>`,
  car: svg`<path d="M4 16v-3.5l2-5A2.2 2.2 0 0 1 8 6h8a2.2 2.2 0 0 1 2 1.5l2 5V16M4 16h16M4 16v2.5M20 16v2.5M5 12h14"/>`,
  pin: svg`<path d="M12 21s7-6.5 7-11.5a7 7 0 0 0-14 0C5 14.5 12 21 12 21z"/><circle cx="12" cy="9.5" r="2.5"/>`,
};

export function icon(name) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${paths[name] ?? paths.unknown}</svg>`;
}
