// The map's look: land, borders and places from files of our own; text is drawn with the fonts of the machine (no glyph server).

const FONT = ["system-ui", "sans-serif"];

export function palette(dark) {
  return dark
    ? { water: "#0d1a26", land: "#1d2833", border: "#435364", text: "#c3d0dc", halo: "#141d26", country: "#8497a8", accent: "#84bdff", warn: "#f3c26b" }
    : { water: "#cfdfec", land: "#f7f5ef", border: "#a9b4bd", text: "#2b3742", halo: "#ffffff", country: "#66737f", accent: "#0a58a8", warn: "#8a5300" };
}

const empty = { type: "FeatureCollection", features: [] };
const source = (data = empty) => ({ type: "geojson", data, tolerance: 0.3, buffer: 64 });

/** The paint properties that depend on the theme, as [layer, property, value]. */
export function paints(dark) {
  const c = palette(dark);
  return [
    ["water", "background-color", c.water],
    ["land", "fill-color", c.land],
    ["borders", "line-color", c.border],
    ["countries", "text-color", c.country],
    ["countries", "text-halo-color", c.halo],
    ["cities", "text-color", c.text],
    ["cities", "text-halo-color", c.halo],
    ["radius-fill", "fill-color", ["case", ["get", "trusted"], c.accent, c.warn]],
    ["radius-line", "line-color", ["case", ["get", "trusted"], c.accent, c.warn]],
    ["trail", "line-color", c.accent],
    ["recent", "circle-color", c.accent],
    ["recent", "circle-stroke-color", c.halo],
  ];
}

const layers = [
  { id: "water", type: "background" },
  { id: "land", type: "fill", source: "land" },
  { id: "borders", type: "line", source: "borders", paint: { "line-width": ["interpolate", ["linear"], ["zoom"], 1, 0.5, 6, 1.2] } },
  {
    id: "countries", type: "symbol", source: "countries", maxzoom: 6,
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": ["interpolate", ["linear"], ["zoom"], 1, 10, 5, 14], "text-transform": "uppercase", "text-letter-spacing": 0.08, "text-max-width": 7, "symbol-sort-key": ["-", 0, ["get", "size"]] },
    paint: { "text-halo-width": 1.2 },
  },
  {
    id: "cities", type: "symbol", source: "cities", minzoom: 2.5,
    filter: [">=", ["get", "people"], ["step", ["zoom"], 4000, 3.5, 1500, 4.5, 600, 5.5, 250, 6.5, 0]],
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "symbol-sort-key": ["-", 0, ["get", "people"]], "text-padding": 4, "text-max-width": 8 },
    paint: { "text-halo-width": 1.4 },
  },
  { id: "radius-fill", type: "fill", source: "radius", paint: { "fill-opacity": 0.16 } },
  { id: "radius-line", type: "line", source: "radius", paint: { "line-width": 2, "line-dasharray": [2, 1.5] } },
  { id: "trail", type: "line", source: "recent", filter: ["==", ["geometry-type"], "LineString"], paint: { "line-width": 1.5, "line-dasharray": [1, 2] } },
  { id: "recent", type: "circle", source: "recent", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 4, "circle-stroke-width": 1.5 } },
  {
    id: "pins", type: "symbol", source: "pins",
    layout: { "icon-image": ["get", "image"], "icon-anchor": "bottom", "icon-allow-overlap": true, "icon-ignore-placement": true, "symbol-sort-key": ["get", "order"] },
  },
];

/** The whole style for the given data. */
export function mapStyle(dark, { land, borders, countries, cities }) {
  const paint = new Map();
  for (const [layer, property, value] of paints(dark)) paint.set(layer, { ...paint.get(layer), [property]: value });
  return {
    version: 8,
    sources: {
      land: source(land), borders: source(borders), countries: source(countries), cities: source(cities),
      pins: source(), recent: source(), radius: source(),
    },
    layers: layers.map((layer) => ({ ...layer, paint: { ...layer.paint, ...paint.get(layer.id) } })),
  };
}
