import { badFormat, invalid } from '../errors.ts';
import { array, isObject, type Json, type JsonObject, number, object, required } from '../json.ts';

export type GeoPoint = { lon: number; lat: number };
export type GeoShape =
  | { kind: 'box'; topLeft: GeoPoint; bottomRight: GeoPoint }
  | { kind: 'radius'; center: GeoPoint; metres: number }
  | { kind: 'polygon'; exterior: readonly GeoPoint[]; interiors: readonly (readonly GeoPoint[])[] };

/** A payload value as a point on Earth, or null when it is none. */
export function geoPoint(value: Json | undefined): GeoPoint | null {
  if (!isObject(value)) return null;
  const { lon, lat } = value;
  return typeof lon === 'number' && typeof lat === 'number' ? { lon, lat } : null;
}

function requirePoint(value: Json): GeoPoint {
  const point = geoPoint(value);
  if (point === null) throw badFormat('expected struct GeoPoint');
  if (Math.abs(point.lat) > 90 || Math.abs(point.lon) > 180)
    throw badFormat(`Wrong format of GeoPoint payload: expected \`lat\` within [-90;90] and \`lon\` within [-180;180]`);
  return point;
}

function ring(value: Json): GeoPoint[] {
  const points = array(required(object(value, 'GeoLineString'), 'points'), 'points').map(requirePoint);
  const [first, last] = [points[0], points.at(-1)];
  if (points.length < 4 || first === undefined || last === undefined)
    throw invalid('filter', 'polygon invalid, the size must be at least 4');
  if (first.lon !== last.lon || first.lat !== last.lat)
    throw invalid('filter', 'polygon invalid, the first and the last points should be the same to form a closed line');
  return points;
}

/** Reads one of the three geographic conditions (Qdrant, "Filtering": geo). */
export function parseGeo(kind: 'geo_bounding_box' | 'geo_radius' | 'geo_polygon', from: JsonObject): GeoShape {
  if (kind === 'geo_radius')
    return { kind: 'radius', center: requirePoint(required(from, 'center')), metres: number(required(from, 'radius'), 'radius') };
  if (kind === 'geo_bounding_box')
    return { kind: 'box', topLeft: requirePoint(required(from, 'top_left')), bottomRight: requirePoint(required(from, 'bottom_right')) };
  const interiors = from['interiors'];
  return { kind: 'polygon', exterior: ring(required(from, 'exterior')), interiors: Array.isArray(interiors) ? interiors.map(ring) : [] };
}

const EARTH_METRES = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great-circle distance by the haversine formula, in metres, on a sphere of the mean radius. */
function distance(a: GeoPoint, b: GeoPoint): number {
  const lat = Math.sin(radians(b.lat - a.lat) / 2) ** 2;
  const lon = Math.sin(radians(b.lon - a.lon) / 2) ** 2;
  return 2 * EARTH_METRES * Math.asin(Math.sqrt(lat + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * lon));
}

/** Ray casting over longitude and latitude as plane coordinates. */
function insideRing(point: GeoPoint, points: readonly GeoPoint[]): boolean {
  let inside = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i, i += 1) {
    const a = points[i];
    const b = points[j];
    if (a === undefined || b === undefined) continue;
    const crosses = a.lat > point.lat !== b.lat > point.lat;
    if (crosses && point.lon < ((b.lon - a.lon) * (point.lat - a.lat)) / (b.lat - a.lat) + a.lon) inside = !inside;
  }
  return inside;
}

/** Whether a point lies in a shape; a box may cross the 180th meridian. */
export function inShape(point: GeoPoint, shape: GeoShape): boolean {
  if (shape.kind === 'radius') return distance(point, shape.center) <= shape.metres;
  if (shape.kind === 'polygon') return insideRing(point, shape.exterior) && !shape.interiors.some((hole) => insideRing(point, hole));
  const { topLeft, bottomRight } = shape;
  const latitude = bottomRight.lat < point.lat && point.lat < topLeft.lat;
  const east = topLeft.lon < point.lon;
  const west = point.lon < bottomRight.lon;
  return latitude && (topLeft.lon > bottomRight.lon ? east || west : east && west);
}
