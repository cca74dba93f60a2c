// The page that waits for a mailed link goes on as soon as the link was used; without this it is reloaded instead.

'use strict';

const INTERVAL_MILLISECONDS = 2000;
/** Longer than any link lives: after this the page no longer asks, and its button is there. */
const MOST_QUESTIONS = 600;

const waiting = document.querySelector('[data-await]');

async function stateNow() {
  try {
    const answer = await fetch(waiting.dataset.await, {
      cache: 'no-store',
      headers: { accept: 'application/json' },
    });
    return answer.ok ? (await answer.json()).state : 'waiting';
  } catch {
    // Away for a moment, as when a phone changes its network.
    return 'waiting';
  }
}

async function ask(questionsLeft) {
  if ((await stateNow()) !== 'waiting') location.replace(waiting.dataset.page);
  else if (questionsLeft > 0) setTimeout(ask, INTERVAL_MILLISECONDS, questionsLeft - 1);
}

if (waiting) setTimeout(ask, INTERVAL_MILLISECONDS, MOST_QUESTIONS);
