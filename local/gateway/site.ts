import type { Config } from './config/entities.ts';
import { readConfig } from './config/read.ts';
import type { Handlers, Surroundings } from './plugin.ts';
import { buildPlugins, type Configured } from './plugins.ts';
import { router } from './router.ts';
import { balancer, type Balancer } from './upstream/balancer.ts';

/** Everything that one declarative file makes: replaced whole when the file changes. */
export type Site = {
  config: Config;
  route: ReturnType<typeof router>;
  plugins: readonly Configured[];
  /** What runs where no route was found: the configurations for everything. */
  globals: Handlers[];
  balancer: Balancer;
};

/** Builds a site from a rendered file; throws one error that names every problem, and then has started nothing. */
export function buildSite(text: string, around: Omit<Surroundings, 'config'>): Site {
  const config = readConfig(text);
  const plugins = buildPlugins(config.plugins, { ...around, config });
  const globals = plugins.flatMap(({ global }) => (global === null ? [] : [global]));
  return { config, route: router(config.routes), plugins, globals, balancer: balancer(config.upstreams, around) };
}
