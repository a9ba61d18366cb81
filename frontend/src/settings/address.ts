/**
 * Settings as text for the address bar, so that a link shows what a colleague sees.
 *
 * The text consists of characters that no part of a URL escapes: a version, then fields
 * `!<key>*<word>[*<word>…]`. What is absent is at its default, and so is what cannot be understood.
 */
export const VERSION = '2';

export interface Address {
  readonly version: string;
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

export const writeAddress = (fields: Iterable<readonly [string, readonly string[]]>): string =>
  [VERSION, ...Array.from(fields, ([key, words]) => [key, ...words.map(escape)].join('*'))].join(
    '!',
  );

export function readAddress(text: string): Address {
  const [version = '', ...parts] = text.split('!');
  const fields = parts.map((part) => {
    const [key = '', ...words] = part.split('*');
    return [key, words.map(unescape)] as const;
  });
  return { version, fields: new Map(fields) };
}

function escape(word: string): string {
  return Array.from(new TextEncoder().encode(word), (byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9_.-]/.test(char) ? char : `~${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

function unescape(word: string): string {
  const bytes = Array.from(word.matchAll(/~([0-9a-f]{2})|[^~]/g), ([char, hex]) =>
    hex === undefined ? char.charCodeAt(0) : parseInt(hex, 16),
  );
  return new TextDecoder().decode(new Uint8Array(bytes));
}
