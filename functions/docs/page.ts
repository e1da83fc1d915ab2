import type { OpenApi } from './page/document.ts';
import { inline, markup, prose, type Html } from './page/html.ts';
import { operationSection, responseBody } from './page/operation.ts';
import { fields, typeOf } from './page/schema.ts';
import { STYLE } from './page/style.ts';

/** A page and what a browser must be told to trust of it. */
export type Page = { html: string; style: string };

const operationsOf = ({ paths }: OpenApi) =>
  Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));

function navigation(document: OpenApi): Html {
  const all = operationsOf(document);
  return markup`<nav aria-label="Contents">
    ${document.tags.map(
      ({ name }) =>
        markup`<h2>${name}</h2>
          <ul>
            ${all
              .filter(({ operation }) => operation.tags.includes(name))
              .map(({ operation }) => markup`<li><a href="#${operation.operationId}">${operation.summary}</a></li>`)}
          </ul>`,
    )}
    <h2>reference</h2>
    <ul>
      <li><a href="#refusals">Refusals</a></li>
      <li><a href="#schemas">Schemas</a></li>
      <li><a href="openapi.json">openapi.json</a></li>
    </ul>
  </nav>`;
}

/**
 * The document as a page for people: one file without a script, that loads nothing.
 *
 * Everything that the document says is escaped. @param document OpenAPI 3.1, as `openapi.json` has it.
 */
export function page(document: OpenApi): Page {
  const { info, tags, components } = document;
  const all = operationsOf(document);
  const groups = tags.map(
    ({ name, description }) =>
      markup`<h2 id="tag-${name}">${name}</h2>
        <p>${description}</p>
        ${all.filter(({ operation }) => operation.tags.includes(name)).map(({ path, method, operation }) => operationSection(document, path, method, operation))}`,
  );
  const keys = Object.values(components.securitySchemes).map(
    ({ name, scheme, description }) =>
      markup`<li><code>${name ?? `Authorization: ${scheme === 'bearer' ? 'Bearer' : scheme}`}</code> ${prose(description ?? '')}</li>`,
  );
  const refusals = Object.entries(components.responses).map(
    ([name, response]) =>
      markup`<section id="response-${name}">
        <h3><a href="#response-${name}">${inline(response.description)}</a></h3>
        ${responseBody(response)}
      </section>`,
  );
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      markup`<section id="schema-${name}">
        <h3><a href="#schema-${name}">${name}</a></h3>
        ${prose(schema.description ?? '')}${schema.properties === undefined && markup`<p class="type">${typeOf(schema)}</p>`}${fields(schema)}
      </section> `,
  );
  const { html: text } = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${info.title}</title>
        <style>${{ html: STYLE }}</style>
      </head>
      <body>
        <a class="skip" href="#content">To the content</a>${navigation(document)}
        <main id="content">
          <h1>${info.title} <small>${info.version}</small></h1>
          <p><b>${info.summary}</b></p>
          ${prose(info.description)}
          <h2 id="keys">Keys</h2>
          <ul>
            ${keys}
          </ul>
          ${groups}
          <h2 id="refusals">Refusals</h2>
          ${refusals}
          <h2 id="schemas">Schemas</h2>
          ${schemas}
        </main>
      </body>
    </html> `;
  return { html: text, style: STYLE };
}
