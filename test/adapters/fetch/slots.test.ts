// How many requests to one target run at once.

import { describe, expect, test } from 'vitest';
import { createSlots } from '../../../adapters/fetch/slots.ts';

const never = new AbortController().signal;

describe('slots per key', () => {
  test('the first so many enter, the others in turn as slots are given back', async () => {
    const slots = createSlots(2);
    const order: string[] = [];
    const [leaveA, leaveB] = [await slots.enter('x', never), await slots.enter('x', never)];
    const third = slots.enter('x', never).then((leave) => (order.push('third'), leave));
    const fourth = slots.enter('x', never).then((leave) => (order.push('fourth'), leave));
    await slots.enter('y', never);
    expect(order).toEqual([]);
    leaveA();
    (await third)();
    leaveB();
    (await fourth)();
    expect(order).toEqual(['third', 'fourth']);
    await slots.enter('x', never);
  });

  test('who gives up leaves the line, and takes no slot with them', async () => {
    const slots = createSlots(1);
    const leave = await slots.enter('x', never);
    const impatient = new AbortController();
    const gone = slots.enter('x', impatient.signal);
    const patient = slots.enter('x', never);
    impatient.abort(new Error('too late'));
    await expect(gone).rejects.toThrow('too late');
    leave();
    (await patient)();
    (await slots.enter('x', never))();
  });
});
