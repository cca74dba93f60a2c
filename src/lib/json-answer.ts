// What was fetched as JSON is read as such only when its server says that it is JSON: a page, a picture or a file that
// somebody uploaded there must not become a set of keys.

const JSON_TYPE = /^application\/([a-z0-9!#$&^_.-]+\+)?json$/;

/** Throws an `Error` for an answer of another media type; `application/json` and all of `application/…+json` are JSON. */
export function requireJsonType(response: Response): void {
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!JSON_TYPE.test(type)) throw new Error('the answer is not sent as JSON (Content-Type)');
}
