import type { Target, Upstream } from './entities.ts';
import { idFor } from './ids.ts';
import type { Problems } from './problems.ts';
import type { RawFile, RawUpstream } from './schema.ts';
import { refersTo } from './references.ts';

type RawTarget = NonNullable<RawUpstream['targets']>[number];

const DEFAULT_PORT = 8000;

function readTarget(raw: RawTarget, at: string, problems: Problems): Target {
  const found = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(raw.target);
  if (found === null) problems.add(`${at}.target`, `${raw.target} is not host:port`);
  const host = (found?.[1] ?? raw.target).replace(/^\[|\]$/g, '');
  return { host, port: found?.[2] === undefined ? DEFAULT_PORT : Number(found[2]), weight: raw.weight };
}

function readHealthchecks(raw: RawUpstream['healthchecks']): Upstream['healthchecks'] {
  const { active, passive, threshold } = raw;
  return {
    threshold,
    active: {
      type: active.type,
      path: active.http_path,
      timeoutSeconds: active.timeout,
      headers: Object.entries(active.headers ?? {}).flatMap(([name, values]) => values.map((value): [string, string] => [name, value])),
      healthy: { interval: active.healthy.interval, successes: active.healthy.successes, statuses: active.healthy.http_statuses },
      unhealthy: {
        interval: active.unhealthy.interval,
        httpFailures: active.unhealthy.http_failures,
        tcpFailures: active.unhealthy.tcp_failures,
        timeouts: active.unhealthy.timeouts,
        statuses: active.unhealthy.http_statuses,
      },
    },
    passive: {
      healthy: { successes: passive.healthy.successes, statuses: passive.healthy.http_statuses },
      unhealthy: {
        httpFailures: passive.unhealthy.http_failures,
        tcpFailures: passive.unhealthy.tcp_failures,
        timeouts: passive.unhealthy.timeouts,
        statuses: passive.unhealthy.http_statuses,
      },
    },
  };
}

/** The named upstreams of a file, each with its own targets and those that name it from outside. */
export function readUpstreams(file: RawFile, problems: Problems): Upstream[] {
  const upstreams: Upstream[] = [];
  for (const [index, raw] of (file.upstreams ?? []).entries()) {
    const at = `upstreams[${index}]`;
    if (upstreams.some((other) => other.name === raw.name)) problems.add(at, `the name ${raw.name} is used twice`);
    const targets = (raw.targets ?? []).map((each, i) => readTarget(each, `${at}.targets[${i}]`, problems));
    upstreams.push({
      id: raw.id ?? idFor('upstreams', raw.name),
      name: raw.name,
      hostHeader: raw.host_header ?? null,
      algorithm: raw.algorithm,
      targets,
      healthchecks: readHealthchecks(raw.healthchecks),
    });
  }
  for (const [index, raw] of (file.targets ?? []).entries()) {
    const at = `targets[${index}]`;
    const owner = upstreams.find((upstream) => refersTo(raw.upstream, upstream));
    if (owner === undefined) problems.add(at, 'names no upstream of this file');
    else owner.targets.push(readTarget(raw, at, problems));
  }
  return upstreams;
}
