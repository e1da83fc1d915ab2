/** JSON as Kong's encoder (lua-cjson) writes it: compact, with every slash escaped. */
export function luaJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('/', '\\/');
}
