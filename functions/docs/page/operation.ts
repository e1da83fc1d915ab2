import { nameOf, type Contents, type Media, type OpenApi, type Operation, type Parameter, type Response, type Schema } from './document.ts';
import { markup, inline, prose, type Html } from './html.ts';
import { bounds, fields, typeOf } from './schema.ts';

const pretty = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

function examples({ example, examples: several = {} }: Media): Html[] {
  const all = [
    ...(example === undefined ? [] : [['Example', example] as const]),
    ...Object.entries(several).map(([name, { value }]) => [name, value] as const),
  ];
  return all.map(
    ([name, value]) =>
      markup`<details>
        <summary>${name}</summary>
        <pre tabindex="0">${pretty(value)}</pre>
      </details>`,
  );
}

/** The events of a stream, each with what its data is. */
function events({ oneOf, anyOf = [] }: Schema): Html {
  const rows = (oneOf ?? anyOf).map(({ properties: { event, data = {} } = {} }) => {
    const name = event !== undefined && markup`<code class="name">${String(event.const)}</code> `;
    return markup`<dt>${name}${typeOf(data)}</dt>`;
  });
  return markup`<p>Events and their data:</p><dl>${rows}</dl>`;
}

/** Each representation of a body, its schema and examples. */
export function bodies(content: Contents): Html[] {
  return Object.entries(content).map(([type, media]) => {
    const { schema } = media;
    const told = schema?.contentSchema !== undefined ? events(schema.contentSchema) : schema !== undefined && fields(schema);
    return markup`<div class="body"><p><code>${type}</code> ${schema !== undefined && typeOf(schema)}</p>${told}${examples(media)}</div>`;
  });
}

function parameterRow({ name, in: place, required, description = '', schema = {} }: Parameter): Html {
  return markup`<dt>
      <code class="name">${name}</code>
      <span class="type">${place}, ${typeOf(schema)}</span>${required === true && markup` <span class="required">required</span>`}
    </dt>
    <dd>${inline(description)} ${bounds(schema)}</dd>`;
}

/** A response's headers and bodies. */
export function responseBody({ headers = {}, content = {} }: Response): Html {
  const names = Object.keys(headers);
  return markup`${names.length > 0 && markup`<p class="headers">Headers: ${names.map((name, i) => markup`${i > 0 && ', '}<code>${name}</code>`)}</p>`}${bodies(content)}`;
}

/** One operation: who may call it, what it takes, and every way in which it answers. */
export function operationSection(document: OpenApi, path: string, method: string, operation: Operation): Html {
  const { operationId, summary, description, parameters, requestBody, responses, security, servers } = operation;
  const rows = parameters.map((one) => parameterRow('$ref' in one ? document.components.parameters[nameOf(one)]! : one));
  const role = security.flatMap((one) => Object.values(one).flat())[0];
  const answers = Object.entries(responses).map(([status, response]) => {
    const found = '$ref' in response ? document.components.responses[nameOf(response)]! : response;
    const said = markup`<b class="status s${status.slice(0, 1)}">${status}</b> ${inline(found.description)}`;
    // Refusals that operations share are told once, below.
    if ('$ref' in response) return markup`<li>${said} <a href="#response-${nameOf(response)}">body</a></li>`;
    return markup`<li>${said}${responseBody(found)}</li>`;
  });
  return markup`<section id="${operationId}" class="operation">
    <h3><a href="#${operationId}">${summary}</a></h3>
    <p class="call">
      <b class="method ${method}">${method.toUpperCase()}</b> <code>${(servers ?? document.servers)[0]?.url}${path}</code>
      <span class="role">${role ?? 'open to everyone'}</span>
    </p>
    ${prose(description)}
    ${
      rows.length > 0 &&
      markup`<h4>Parameters</h4>
        <dl>${rows}</dl>`
    }
    ${
      requestBody !== undefined &&
      markup`<h4>Body${!requestBody.required && ' (may be left out)'}</h4>
        <p>${requestBody.description}</p>
        ${bodies(requestBody.content)}`
    }
    <h4>Answers</h4>
    <ul class="answers">
      ${answers}
    </ul>
  </section> `;
}
