/**
 * Makes the types of the routes' questions and answers, src/wire/routes.ts, from their description
 * in OpenAPI, which setup.py asks the plugin for.
 *
 * Where there is no description nothing is made: the bundle needs no types.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const DESCRIPTION = new URL('openapi.json', import.meta.url);
const TYPES = new URL('src/wire/routes.ts', import.meta.url);
const HEAD = '/* Made by types.js from the description of the routes. */\n';

/** How src/wire/http.ts reads arrays; 64-bit integers are iterations, far below 2^53. */
const ARRAYS = {
  uint8: ts.factory.createTypeReferenceNode('Uint8Array'),
  int32: ts.factory.createTypeReferenceNode('Int32Array'),
  float32: ts.factory.createTypeReferenceNode('Float32Array'),
  int64: ts.factory.createTypeOperatorNode(
    ts.SyntaxKind.ReadonlyKeyword,
    ts.factory.createArrayTypeNode(ts.factory.createKeywordTypeNode(ts.SyntaxKind.NumberKeyword)),
  ),
};

if (existsSync(DESCRIPTION)) {
  const nodes = await openapiTS(JSON.parse(readFileSync(DESCRIPTION, 'utf8')), {
    immutable: true,
    transform: (schema) => ARRAYS[schema['x-dtype']],
  });
  const types = HEAD + astToString(nodes);
  if (!existsSync(TYPES) || readFileSync(TYPES, 'utf8') !== types) writeFileSync(TYPES, types);
}
