// The map. It is a help, never a need: it loads after the list is drawn, works without the internet, follows the list when
// the page has time, and where it cannot be drawn it says so in words.

import { OsElement, html, nothing } from "../ui/element.js";
import { icon } from "../ui/icons.js";
import { t } from "../ui/i18n.js";
import { isDark, onTheme } from "../ui/theme.js";
import { drawPin, pinName } from "./map-pins.js";
import { mapStyle, paints } from "./map-style.js";
import { readWorld } from "./map-world.js";
import { groupOf } from "./store.js";

const VENDOR = new URL("../vendor/", import.meta.url);
const UPDATE_MS = 400;
const CALM_UPDATE_MS = 1500; // where the processor draws the map, rows go first
const MOST_PINS = 1000;
const OPEN_ZOOM = 6.2;
const EARTH_M = 6371008.8;

const idle = (work) => (window.requestIdleCallback ? requestIdleCallback(work, { timeout: 2000 }) : setTimeout(work, 200));
const collection = (features) => ({ type: "FeatureCollection", features });
const point = (lon, lat, properties = {}) => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } });

/** A circle on the ground as a polygon of 64 corners. */
function circle({ lat, lon, radius_m: radius, trusted }) {
  const corners = [];
  const up = (radius / EARTH_M) * (180 / Math.PI);
  const across = up / Math.max(0.01, Math.cos((lat * Math.PI) / 180));
  for (let i = 0; i <= 64; i += 1) {
    const a = (i / 64) * 2 * Math.PI;
    corners.push([lon + across * Math.sin(a), lat + up * Math.cos(a)]);
  }
  return { type: "Feature", properties: { trusted: trusted === true }, geometry: { type: "Polygon", coordinates: [corners] } };
}

function isSoftware(map) {
  const gl = map.getCanvas().getContext("webgl2");
  const about = gl?.getExtension("WEBGL_debug_renderer_info");
  return about ? /swiftshader|llvmpipe|software/i.test(gl.getParameter(about.UNMASKED_RENDERER_WEBGL)) : false;
}

class OsMap extends OsElement {
  static properties = { store: { attribute: false }, status: { state: true } };

  constructor() {
    super();
    this.status = "loading";
  }

  connectedCallback() {
    super.connectedCallback();
    this.store.addEventListener("change", () => this.#later());
    this.store.addEventListener("opened", () => {
      this.#follow = true;
      this.requestUpdate();
    });
    onTheme(() => this.#repaint());
    idle(() => this.#load());
  }

  #map = null;
  #waiting = 0;
  #follow = true;
  #drawn = null;
  #calm = false;

  render() {
    const card = this.store.open;
    const lost = this.status === "ready" && card && !card.position;
    return html`
      <h2 class="visually-hidden">${t("map.title")}</h2>
      <div class="canvas" ?inert=${this.status !== "ready"}></div>
      ${this.status === "ready"
        ? html`<div class="map-tools">
            <button class="button small" @click=${() => this.#map.zoomIn({ animate: !this.#calm })} aria-label=${t("map.zoom_in")} title=${t("map.zoom_in")}>+</button>
            <button class="button small" @click=${() => this.#map.zoomOut({ animate: !this.#calm })} aria-label=${t("map.zoom_out")} title=${t("map.zoom_out")}>−</button>
            <button class="button small" @click=${() => this.#fitAll()}>${t("map.fit")}</button>
            ${card?.position ? html`<button class="button small" @click=${() => this.#goTo(card.position)}>${icon("pin")}${t("map.follow")}</button>` : nothing}
          </div>
          <p class="map-credit">${t("map.credit")}</p>`
        : html`<p class="map-words">${t(`map.${this.status}`)}</p>`}
      ${lost ? html`<p class="map-note">${icon("warn")}${t("map.no_position")}</p>` : nothing}
    `;
  }

  languageChanged() {
    super.languageChanged();
    this.#map?.getCanvas().setAttribute("aria-label", t("map.label"));
  }

  async #load() {
    try {
      const [library, world] = await Promise.all([import("../vendor/maplibre-gl/maplibre-gl.mjs"), readWorld(), addStyles()]);
      library.setWorkerUrl(new URL("maplibre-gl/maplibre-gl-worker.mjs", VENDOR).href);
      await this.updateComplete;
      this.#make(library.Map, world);
    } catch (error) {
      console.info("The map cannot be drawn:", error.message);
      this.status = "failed";
    }
  }

  #make(Map, world) {
    const map = new Map({
      container: this.querySelector(".canvas"), style: mapStyle(isDark(), world), center: [10, 48], zoom: 2.6, minZoom: 0.5, maxZoom: 11,
      attributionControl: false, fadeDuration: 0, dragRotate: false, pitchWithRotate: false, touchPitch: false, pixelRatio: Math.min(2, devicePixelRatio), validateStyle: false,
    });
    this.#map = map;
    this.#calm = isSoftware(map) || window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    map.touchZoomRotate.disableRotation();
    map.getCanvas().setAttribute("aria-label", t("map.label"));
    map.setMissingStyleImageResolver((name) => {
      const pin = drawPin(name);
      if (pin && !map.hasImage(name)) map.addImage(name, pin.image, { pixelRatio: pin.ratio });
    });
    map.on("click", "pins", (event) => this.#clicked(event.features));
    map.on("mouseenter", "pins", () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", "pins", () => (map.getCanvas().style.cursor = ""));
    map.on("dragstart", () => (this.#follow = false));
    map.once("load", () => {
      this.status = "ready";
      this.#later();
    });
    map.on("error", ({ error }) => console.info("The map:", error?.message));
  }

  #clicked(features) {
    const id = features[0]?.properties.id;
    this.store.handsOn();
    this.store.show(id);
    this.dispatchEvent(new CustomEvent("row-opened", { bubbles: true, detail: id }));
  }

  // The list is painted first: the map comes when the page is idle, and not more often than it can be looked at.
  #later() {
    if (this.#waiting || this.status !== "ready") return;
    this.#waiting = setTimeout(() => idle(() => {
      this.#waiting = 0;
      this.#draw();
    }), this.#drawn ? (this.#calm ? CALM_UPDATE_MS : UPDATE_MS) : 30);
  }

  #draw() {
    const { open } = this.store;
    const groups = this.store.groups();
    const cards = [...groups.waiting, ...groups.progress, ...groups.done].filter((c) => c.position).slice(0, MOST_PINS);
    if (open?.position && !cards.includes(open)) cards.push(open);
    const key = [open?.id, cards.length, ...cards.map((c) => `${c.id}${groupOf(c)}${c.position.lat}${c.position.lon}`)].join();
    const opened = open !== this.#drawn?.open;
    if (key === this.#drawn?.key && !opened) return;
    this.#drawn = { key, open };
    this.#map.getSource("pins").setData(collection(cards.map((card) => this.#pin(card, card === open))));
    this.#map.getSource("radius").setData(collection(open?.position?.radius_m ? [circle(open.position)] : []));
    this.#map.getSource("recent").setData(collection(this.#recent(open)));
    if (this.#follow && open?.position) this.#goTo(open.position);
    this.requestUpdate();
  }

  #pin(card, open) {
    const group = groupOf(card);
    const { lat, lon } = card.position;
    const order = (open ? 10 : 0) + { waiting: 2, progress: 1, done: 0 }[group];
    return point(lon, lat, { id: card.id, image: pinName(card, group, open), order });
  }

  #recent(open) {
    if (!open?.position || !open.recent_positions?.length) return [];
    const line = [open.position, ...open.recent_positions].map(({ lat, lon }) => [lon, lat]);
    return [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line } }, ...line.slice(1).map(([lon, lat]) => point(lon, lat))];
  }

  #goTo({ lat, lon }) {
    this.#follow = true;
    const zoom = Math.max(OPEN_ZOOM, Math.min(this.#map.getZoom(), 8));
    if (this.#calm) this.#map.jumpTo({ center: [lon, lat], zoom });
    else this.#map.easeTo({ center: [lon, lat], zoom, duration: 500 });
  }

  #fitAll() {
    this.#follow = false;
    const places = [...this.store.cards.values()].map((c) => c.position).filter(Boolean);
    if (places.length === 0) return;
    const lons = places.map((p) => p.lon);
    const lats = places.map((p) => p.lat);
    const bounds = [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
    this.#map.fitBounds(bounds, { padding: 70, maxZoom: OPEN_ZOOM, animate: !this.#calm });
  }

  #repaint() {
    if (this.status !== "ready") return;
    for (const [layer, property, value] of paints(isDark())) this.#map.setPaintProperty(layer, property, value);
  }
}

function addStyles() {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("maplibre-gl/maplibre-gl.css", VENDOR);
    link.onload = resolve;
    link.onerror = () => reject(new Error("no map styles"));
    document.head.prepend(link);
  });
}
customElements.define("os-map", OsMap);
