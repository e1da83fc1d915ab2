import { isMap, isSeq, parseDocument, type YAMLMap } from 'yaml';

/** Where the functions are that the gateway stands before: processes on this machine, containers, or deployed Workers. */
export const TARGETS = ['local', 'compose', 'edge'] as const;
export type Target = (typeof TARGETS)[number];

/** The containers' own names (compose/compose.yaml). */
const CONTAINERS = { functions: 'functions:8080', redisHost: 'redis', redisPort: '6379' };
/** Kong verifies nothing without authorities to trust, and nginx's default depth refuses chains that public authorities hand out. */
const EDGE_NOTE = ` Kong trusts no authority by itself. Set for it:
   KONG_NGINX_PROXY_PROXY_SSL_TRUSTED_CERTIFICATE=/etc/ssl/certs/ca-certificates.crt
   KONG_NGINX_PROXY_PROXY_SSL_VERIFY_DEPTH=3
`;

/** Where `npm start` and the containers serve the dashboard. */
const DASHBOARD_ORIGIN = 'http://localhost:3103';

const namesOf = (text: string): string[] => [...new Set(Array.from(text.matchAll(/"DECK_(\w+)_TARGET"/g), ([, name]) => name!))];

/** `host:port` of a deployed function; a problem for anything that TLS could not vouch for. */
function edgeTarget(key: string, url: string | undefined, problems: string[]): string {
  if (url === undefined || url === '') {
    problems.push(`${key} is not set: give the deployed function's address, such as https://rag-search.example.workers.dev`);
    return '';
  }
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const bare = parsed !== null && parsed.pathname === '/' && parsed.search === '' && parsed.username === '';
  if (parsed?.protocol !== 'https:' || !bare || /^(?:localhost$|\[|\d+(?:\.\d+){3}$)/.test(parsed.hostname)) {
    problems.push(`${key}: ${url} is not https://host of a deployed function, without a path`);
    return '';
  }
  return `${parsed.hostname}:${parsed.port || '443'}`;
}

/**
 * The origin that browsers may ask from: what was given, else where the target serves the dashboard. A deployed one is named as the
 * search function is (`rag-search.example.workers.dev`); where that has another name, nothing can be guessed.
 */
function dashboardOrigin(target: Target, values: Readonly<Record<string, string>>, problems: string[]): string {
  const given = values['DECK_DASHBOARD_ORIGIN'];
  const search = URL.canParse(values['DECK_SEARCH_URL'] ?? '') ? new URL(values['DECK_SEARCH_URL']!).hostname : '';
  const deployed = /^rag-search(?=[.-])/.test(search) ? `https://${search.replace('rag-search', 'rag-dashboard')}` : '';
  const origin = given || (target === 'edge' ? deployed : DASHBOARD_ORIGIN);
  if (origin === '')
    problems.push("DECK_DASHBOARD_ORIGIN is not set: give the deployed dashboard's origin, such as https://rag.example.com");
  else if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin)
    problems.push(`DECK_DASHBOARD_ORIGIN: ${origin} is not scheme://host without a path, as a browser sends it`);
  return origin;
}

/**
 * The values that a target brings with it, beside what was given: containers have names of their own, Workers are known by their URL.
 *
 * @param problems gets a sentence for each `DECK_<FUNCTION>_URL` that is no address of a Worker (edge only).
 */
export function valuesFor(
  target: Target,
  text: string,
  given: Readonly<Record<string, string>>,
  problems: string[],
): Readonly<Record<string, string>> {
  let values = given;
  if (text.includes('"DECK_DASHBOARD_ORIGIN"')) values = { ...values, DECK_DASHBOARD_ORIGIN: dashboardOrigin(target, values, problems) };
  if (target === 'local') return values;
  const each = (of: (name: string) => string) => Object.fromEntries(namesOf(text).map((name) => [`DECK_${name}_TARGET`, of(name)]));
  if (target === 'edge') return { ...values, ...each((name) => edgeTarget(`DECK_${name}_URL`, values[`DECK_${name}_URL`], problems)) };
  const own = { ...each(() => CONTAINERS.functions), DECK_REDIS_HOST: CONTAINERS.redisHost, DECK_REDIS_PORT: CONTAINERS.redisPort };
  return { ...values, ...own };
}

const listAt = (map: YAMLMap, key: string): YAMLMap[] => {
  const list = map.get(key);
  return isSeq(list) ? list.items.filter((item) => isMap(item)) : [];
};

/**
 * Asks each replica over HTTP, so that one which hangs is found as well as one which is gone. 503 is an answer too: it means that
 * Qdrant is away, which taking every replica out would not mend.
 */
function askReplicas(upstream: YAMLMap): void {
  const active = upstream.getIn(['healthchecks', 'active']);
  if (!isMap(active)) return;
  active.set('type', 'http');
  active.set('http_path', '/api/v1/rag/status/health');
  active.setIn(['healthy', 'http_statuses'], [200, 503]);
  active.setIn(['unhealthy', 'http_failures'], 0);
}

/** A Worker is found by its name: in TLS (SNI, verified) and in the Host header, which is the service's host where no upstream is. */
function reachWorker(service: YAMLMap, upstreams: readonly YAMLMap[]): void {
  const upstream = upstreams.find((one) => one.get('name') === service.get('host'));
  const target = upstream?.getIn(['targets', 0, 'target']);
  if (typeof target !== 'string') return;
  const [host, port] = target.split(':');
  const address = { protocol: 'https', host, port: Number(port), tls_verify: true };
  for (const [key, value] of Object.entries(address)) service.set(key, value);
}

/** Turns a filled-in gateway file into the target's: `local` is the file as it is. */
export function retarget(text: string, target: Target): string {
  if (target === 'local') return text;
  const document = parseDocument(text);
  const { contents } = document;
  if (!isMap(contents)) return text;
  const upstreams = listAt(contents, 'upstreams');
  if (target === 'compose') for (const upstream of upstreams) askReplicas(upstream);
  if (target === 'edge') {
    for (const service of listAt(contents, 'services')) reachWorker(service, upstreams);
    contents.delete('upstreams');
    document.commentBefore = EDGE_NOTE + (document.commentBefore ?? '');
  }
  return document.toString({ lineWidth: 0 });
}
