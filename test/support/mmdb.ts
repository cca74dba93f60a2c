// A tiny MaxMind DB as a file (https://maxmind.github.io/MaxMind-DB/), so that tests need none that is downloaded.

import { writeFileSync } from 'node:fs';
import { networkOf } from '../../src/lib/address.ts';

type Value = string | number | { readonly [key: string]: Value };
type Node = [Branch, Branch];
type Branch = Node | { readonly data: Value } | undefined;

const head = (type: number, size: number): Buffer => {
  const [small, more] = size < 29 ? [size, []] : [29, [size - 29]];
  return Buffer.from([(type << 5) | small, ...more]);
};

/** Section "Data Field Format": texts, whole numbers below 2^32, and maps of them; texts of up to 284 bytes. */
function encode(value: Value): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([head(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([head(6, 4), bytes]);
  }
  const pairs = Object.entries(value);
  return Buffer.concat([head(7, pairs.length), ...pairs.flat().map(encode)]);
}

/** The bits of a network's address in a tree of IPv6; IPv4 stands at ::/96. */
function bitsOf(network: string): string {
  const [address = '', length] = network.split('/');
  const isV4 = address.includes('.');
  const groups = isV4
    ? address.split('.').map((part) => Number(part).toString(2).padStart(8, '0'))
    : v6(address);
  return `${isV4 ? '0'.repeat(96) : ''}${groups.join('').slice(0, Number(length))}`;
}

function v6(address: string): string[] {
  const [before = [], after = []] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const filled = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return filled.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'));
}

/** Writes a database of networks in CIDR notation and what is said of each. They must not overlap. */
export function writeMmdb(file: string, networks: Readonly<Record<string, Value>>): void {
  const root: Node = [undefined, undefined];
  for (const [network, data] of Object.entries(networks)) {
    if (networkOf(network.split('/')[0]!, { v4: 32, v6: 128 }) === undefined) throw new TypeError(network);
    const bits = [...bitsOf(network)].map(Number) as (0 | 1)[];
    let node = root;
    for (const bit of bits.slice(0, -1)) node = (node[bit] ??= [undefined, undefined]) as Node;
    node[bits.at(-1)!] = { data };
  }

  const nodes: Node[] = [root];
  for (const node of nodes) for (const branch of node) if (Array.isArray(branch)) nodes.push(branch);
  const data: Buffer[] = [];
  let dataSize = 0;
  const record = (branch: Branch): Buffer => {
    const bytes = Buffer.alloc(3);
    if (branch === undefined) bytes.writeUIntBE(nodes.length, 0, 3);
    else if (Array.isArray(branch)) bytes.writeUIntBE(nodes.indexOf(branch), 0, 3);
    else {
      bytes.writeUIntBE(nodes.length + 16 + dataSize, 0, 3);
      const encoded = encode(branch.data);
      data.push(encoded);
      dataSize += encoded.length;
    }
    return bytes;
  };
  const tree = nodes.flatMap((node) => node.map(record));
  const metadata = encode({
    node_count: nodes.length,
    record_size: 24,
    ip_version: 6,
    database_type: 'Test',
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_795_000_000,
    description: { en: 'test' },
  });
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  writeFileSync(file, Buffer.concat([...tree, Buffer.alloc(16), ...data, marker, metadata]));
}
