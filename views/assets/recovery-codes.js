// Recovery codes kept: a file made in the browser, and print. Without it they can be copied from the page.

'use strict';

const list = document.querySelector('[data-codes]');

function addButton(row, text, press) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button button--secondary';
  button.textContent = text;
  button.addEventListener('click', press);
  row.append(button);
}

function download() {
  const codes = [...list.querySelectorAll('code')].map((code) => code.textContent.trim());
  const text = `${[list.dataset.title, '', ...codes].join('\r\n')}\r\n`;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  link.download = list.dataset.file;
  link.click();
  // Browsers read it after the click; a minute is more than they take.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

if (list) {
  const row = document.createElement('div');
  row.className = 'actions actions--row no-print';
  addButton(row, list.dataset.download, download);
  addButton(row, list.dataset.print, () => print());
  list.after(row);
}
