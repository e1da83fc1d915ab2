import { DEPENDENCIES } from '../../functions/_kernel/failure.ts';
import { EXIT, UsageError, type Command } from './command.ts';
import { columns } from './out.ts';
import { breakerRows } from './status.ts';

export const breakers: Command = {
  name: 'breakers',
  synopsis: '[isolate <dependency> | close <dependency>]',
  summary: 'shows the circuit breakers, takes a dependency out of service, puts it back',
  example: 'breakers isolate ollama_generation',
  verbs: ['isolate', 'close'],
  notes: `The dependencies are ${DEPENDENCIES.join(', ')}. Isolating and closing need the role admin.`,
  async run({ words: [verb, given, ...more], client, out }) {
    if (verb === undefined) {
      const { circuitBreakers } = await client.status();
      out.tell(circuitBreakers);
      out.say(...columns(breakerRows(circuitBreakers)));
      return EXIT.done;
    }
    const name = DEPENDENCIES.find((one) => one === given);
    if (name === undefined || more.length > 0 || (verb !== 'isolate' && verb !== 'close'))
      throw new UsageError(`Say breakers isolate or breakers close with one of ${DEPENDENCIES.join(', ')}.`);
    const breaker = await client.steer(name, verb === 'isolate' ? 'isolated' : 'closed');
    out.tell({ [name]: breaker });
    out.say(...columns(breakerRows({ [name]: breaker })));
    return EXIT.done;
  },
};
