// The world for a flat map: countries and cities from our own files.
//
// world-atlas is made for the globe: its rings run over the 180th meridian. On a flat map such a ring would be drawn
// right across the world, so it is unrolled past 180 degrees here (the map repeats itself there), and a ring round the pole
// (Antarctica) is closed along it.

const VENDOR = new URL("../vendor/", import.meta.url);

const readJson = async (name) => (await fetch(new URL(name, VENDOR))).json();
const collection = (features) => ({ type: "FeatureCollection", features });
const point = (lon, lat, properties) => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } });

/** The line without jumps from one edge of the world to the other. */
export function unroll(line) {
  let turn = 0;
  return line.map(([x, y], i) => {
    if (i > 0) {
      const step = x - line[i - 1][0];
      if (step > 180) turn -= 360;
      else if (step < -180) turn += 360;
    }
    return [x + turn, y];
  });
}

function ring(points) {
  const line = unroll(points);
  const [first, last] = [line[0], line[line.length - 1]];
  if (Math.abs(last[0] - first[0]) < 180) return line;
  const pole = first[1] < 0 ? -90 : 90;
  return [...line, [last[0], pole], [first[0], pole], first];
}

function flat(geometry) {
  const { type, coordinates } = geometry;
  if (type === "Polygon") return { type, coordinates: coordinates.map(ring) };
  if (type === "MultiPolygon") return { type, coordinates: coordinates.map((polygon) => polygon.map(ring)) };
  return { type, coordinates: coordinates.map(unroll) };
}

/** Where a country's name goes: the middle of its largest piece. */
function middle(geometry) {
  const pieces = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  let best = { size: 0, at: [0, 0] };
  for (const [outer] of pieces) {
    const xs = outer.map(([x]) => x);
    const ys = outer.map(([, y]) => y);
    const [west, east, south, north] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const size = (east - west) * (north - south);
    if (size > best.size) best = { size, at: [(west + east) / 2, (south + north) / 2] };
  }
  return best;
}

/** {land, borders, countries, cities} as GeoJSON. */
export async function readWorld() {
  const [{ default: feature }, { default: mesh }, world, cities] = await Promise.all([
    import("../vendor/topojson-client/feature.js"), import("../vendor/topojson-client/mesh.js"),
    readJson("world-atlas/countries-50m.json"), readJson("geonames/cities.json"),
  ]);
  const shapes = feature(world, world.objects.countries).features.map(({ properties, geometry }) => ({ name: properties.name, geometry: flat(geometry) }));
  const names = shapes.map(({ name, geometry }) => ({ name, ...middle(geometry) })).filter(({ size }) => size > 2);
  return {
    land: collection(shapes.map(({ geometry }) => ({ type: "Feature", properties: {}, geometry }))),
    borders: { type: "Feature", properties: {}, geometry: flat(mesh(world, world.objects.countries)) },
    countries: collection(names.map(({ name, size, at }) => point(...at, { name, size }))),
    cities: collection(cities.map(([name, lat, lon, people]) => point(lon, lat, { name, people }))),
  };
}
