import { BlockList, isIP } from 'node:net';
import * as z from 'zod';
import { refuse } from '../http/answer.ts';
import { plugin } from '../plugin.ts';

const range = z.string().refine((text) => {
  const [address = '', bits] = text.split('/');
  const family = isIP(address);
  return family !== 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)));
}, 'must be an IP address or a range such as 10.0.0.0/8');
const schema = z
  .strictObject({
    allow: z.array(range).nullish(),
    deny: z.array(range).nullish(),
    status: z.number().min(400).max(599).nullish(),
    message: z.string().nullish(),
  })
  .refine(({ allow, deny }) => allow || deny, 'needs allow or deny');

function listOf(ranges: readonly string[] | null | undefined): BlockList | null {
  if (!ranges || ranges.length === 0) return null;
  const list = new BlockList();
  for (const text of ranges) {
    const [address = '', bits] = text.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** Lets callers through by their IP address; what is denied wins over what is allowed. */
export const ipRestriction = plugin({
  name: 'ip-restriction',
  priority: 990,
  perConsumer: true,
  schema,
  handlers({ allow, deny, status, message }) {
    const allowed = listOf(allow);
    const denied = listOf(deny);
    return {
      access(exchange) {
        const { clientIp } = exchange;
        const family = isIP(clientIp) === 6 ? 'ipv6' : 'ipv4';
        if (!denied?.check(clientIp, family) && (allowed === null || allowed.check(clientIp, family))) return;
        return refuse(exchange, status ?? 403, message ?? `IP address not allowed: ${clientIp}`);
      },
    };
  },
});
