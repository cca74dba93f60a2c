// The address a request asked for, as text to lead back to: always a path of ours, whatever was sent.

/** Path and query of a request line. Of several slashes at the start one is left, or it would name another host. */
export function readTarget(target: string): { path: string; query: string } {
  const at = target.indexOf('?');
  const [path, query] = at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
  return { path: path.startsWith('/') ? path.replace(/^[/\\]+/, '/') : '/', query };
}

/** The same address with a query parameter taken off and, when given, set anew; the others byte for byte as they came. */
export function withParameter(target: string, name: string, value?: string): string {
  const { path, query } = readTarget(target);
  const pairs = query.split('&').filter((pair) => pair !== '' && pair.split('=', 1)[0] !== name);
  if (value !== undefined) pairs.push(`${name}=${encodeURIComponent(value)}`);
  return pairs.length > 0 ? `${path}?${pairs.join('&')}` : path;
}
