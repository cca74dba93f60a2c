// A MongoDB database of its own for a test run.

import { randomUUID } from 'node:crypto';
import mongoose from 'mongoose';

/** The given server with the name of a database that nobody else uses. */
export function ownDatabase(uri: string): string {
  const url = new URL(uri);
  url.pathname = `/vratny_test_${randomUUID().replaceAll('-', '')}`;
  return url.href;
}

/** Removes the database with everything in it. */
export async function dropDatabase(uri: string): Promise<void> {
  const connection = await mongoose.createConnection(uri, { serverSelectionTimeoutMS: 5000 }).asPromise();
  await connection.dropDatabase();
  await connection.close();
}
