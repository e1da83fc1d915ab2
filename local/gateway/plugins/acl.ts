import * as z from 'zod';
import { refuse } from '../http/answer.ts';
import { setField } from '../http/fields.ts';
import { plugin } from '../plugin.ts';

const groups = z.array(z.string()).min(1).nullish();
const schema = z
  .strictObject({
    allow: groups,
    deny: groups,
    hide_groups_header: z.boolean().default(false),
    always_use_authenticated_groups: z.boolean().default(false),
  })
  .refine(({ allow, deny }) => (allow ? 1 : 0) + (deny ? 1 : 0) === 1, 'needs either allow or deny');

const FORBIDDEN = 'You cannot consume this service';

/** Lets consumers through by their groups, and tells the service the groups. */
export const acl = plugin({
  name: 'acl',
  priority: 950,
  perConsumer: false,
  schema,
  handlers({ allow, deny, hide_groups_header: hide }) {
    const listed = new Set(deny ?? allow);
    return {
      access(exchange) {
        const { consumer, credential } = exchange;
        if (consumer === null) return refuse(exchange, 401);
        if (consumer.groups.length === 0) {
          if (deny) {
            if (!hide) setField(exchange.headers, 'X-Consumer-Groups', ' ');
            return;
          }
          return credential === null ? refuse(exchange, 401) : refuse(exchange, 403, FORBIDDEN);
        }
        if (consumer.groups.some((group) => listed.has(group)) === Boolean(deny)) return refuse(exchange, 403, FORBIDDEN);
        if (!hide) setField(exchange.headers, 'X-Consumer-Groups', consumer.groups.join(', '));
      },
    };
  },
});
