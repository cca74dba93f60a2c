// The option that every command has, apart from how commands speak: a server has no use for the package.

import { Option } from 'commander';

/** Asks for JSON. */
export const jsonOption = (): Option => new Option('--json', 'print one JSON value instead of text');
