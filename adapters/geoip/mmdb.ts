// Names of networks from local MaxMind DB files (.mmdb), as GeoLite2 and DB-IP publish them: who runs a network, and in
// which country. Read once at start, looked up in memory.

import { readFileSync } from 'node:fs';
import { Reader, type Response } from 'mmdb-lib';
import type { NetworkName, Networks } from '../../src/ports/networks.ts';

/** The fields that are looked at, in databases of whatever kind. */
type Row = {
  readonly autonomous_system_organization?: unknown;
  readonly country?: { readonly iso_code?: unknown };
};

const MAX_ORGANISATION = 80;

/**
 * Networks from the files, the first one that knows a field wins; without files nothing is known. Throws when a file
 * cannot be read or is no such database.
 */
export function openNetworks(files: readonly string[]): Networks {
  const readers = files.map(open);
  return {
    find(address) {
      const rows = readers.map((reader) => look(reader, address));
      const organisation = first(rows.map((row) => oneLine(row?.autonomous_system_organization)));
      const country = first(rows.map((row) => countryOf(row?.country?.iso_code)));
      if (organisation === undefined && country === undefined) return undefined;
      const name: NetworkName = {
        ...(organisation === undefined ? {} : { organisation }),
        ...(country === undefined ? {} : { country }),
      };
      return name;
    },
  };
}

function open(file: string): Reader<Response> {
  try {
    return new Reader(readFileSync(file));
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** A database of IPv4 addresses refuses others, and a damaged one may fail anywhere: then nothing is known. */
function look(reader: Reader<Response>, address: string): Row | undefined {
  try {
    return (reader.get(address) as Row | null) ?? undefined;
  } catch {
    return undefined;
  }
}

const first = (values: readonly (string | undefined)[]): string | undefined =>
  values.find((value) => value !== undefined);

const countryOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[A-Z]{2}$/.test(value) ? value : undefined;

function oneLine(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_ORGANISATION);
  return text === '' ? undefined : text;
}
