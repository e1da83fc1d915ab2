const RESERVED = new Set(Array.from("!*'();:@&=+$,/?%#[]", (char) => char.charCodeAt(0)));
const UNSAFE = /[^!#$&'()*+,/:;=?@[\]A-Za-z\d\-_.~%]/g;

function decodeUnreserved(triplet: string, hex: string): string {
  const code = Number.parseInt(hex, 16);
  return RESERVED.has(code) ? triplet.toUpperCase() : String.fromCharCode(code);
}

/** `..` takes back the last segment, `.` and empty ones vanish; each segment keeps its leading slash (RFC 3986, 5.2.4). */
function removeDots(path: string): string {
  const out: string[] = [];
  let rest = path;
  while (rest.length > 0) {
    if (rest === '/.') rest = '/';
    else if (rest === '/..') {
      rest = '/';
      out.pop();
    } else if (rest === '.' || rest === '..') rest = '';
    else if (rest.startsWith('../')) rest = rest.slice(3);
    else if (rest.startsWith('./')) rest = rest.slice(2);
    else if (rest.startsWith('/./')) rest = rest.slice(2);
    else if (rest.startsWith('/../')) {
      rest = rest.slice(3);
      out.pop();
    } else if (rest.startsWith('//')) rest = rest.slice(1);
    else {
      const next = rest.indexOf('/', 1);
      out.push(next < 0 ? rest : rest.slice(0, next));
      rest = next < 0 ? '' : rest.slice(next);
    }
  }
  return out.join('');
}

/**
 * The path by which routes are matched: unreserved triplets decoded, reserved ones upper-cased, dots and double slashes removed.
 *
 * Source: kong/tools/uri.lua, `normalize(uri, true)`. Bytes are latin1 characters.
 */
export function normalisePath(path: string): string {
  if (path === '' || path === '/') return path;
  const decoded = path.includes('%') ? path.replace(/%([\da-fA-F]{2})/g, decodeUnreserved) : path;
  return decoded.includes('.') || decoded.includes('//') ? removeDots(decoded) : decoded;
}

/** Makes a path safe to write into a request line again, without touching what is already encoded (kong/tools/uri.lua, `escape`). */
export function escapePath(path: string): string {
  UNSAFE.lastIndex = 0;
  if (!UNSAFE.test(path)) return path;
  return path.replace(UNSAFE, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The path of a request target, without its query. */
export function pathOf(target: string): string {
  const at = target.indexOf('?', 1);
  return at < 0 ? target : target.slice(0, at);
}

function withoutLeadingDots(postfix: string): string {
  if (postfix === '.' || postfix === '..') return '';
  if (postfix.startsWith('./')) return postfix.slice(2);
  return postfix.startsWith('../') ? postfix.slice(3) : postfix;
}

/**
 * Where a request goes: the service's path joined with the request's, less the matched prefix when the route strips it.
 *
 * `matched` is null when nothing is stripped. Source: kong/router/utils.lua, `get_upstream_uri_v0` (`path_handling: v0`).
 */
export function upstreamPath(base: string, path: string, matched: string | null): string {
  const slashed = base.endsWith('/');
  if (matched === null) {
    if (slashed) return base + path.slice(1);
    return path === '/' ? base : base + path;
  }
  const postfix = withoutLeadingDots(path.slice(matched.length));
  if (postfix === '') {
    if (base === '/') return '/';
    const wantsSlash = path.length > 1 && path.endsWith('/');
    if (slashed) return path.endsWith('/') ? base : base.slice(0, -1);
    return wantsSlash ? `${base}/` : base;
  }
  const stem = slashed ? base.slice(0, -1) : base;
  return postfix.startsWith('/') ? stem + postfix : `${stem}/${postfix}`;
}
