// A button that copies the text above it as it is: a key without its last line end is none to some programs. Without it the text can be selected and copied by hand.

'use strict';

for (const text of document.querySelectorAll('[data-copy]')) {
  if (!navigator.clipboard) break;
  const row = document.createElement('div');
  row.className = 'actions actions--row no-print';
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button button--secondary';
  button.textContent = text.dataset.copy;
  const told = document.createElement('p');
  told.className = 'small muted';
  told.setAttribute('role', 'status');
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(text.textContent).then(
      () => (told.textContent = text.dataset.copied),
      () => (told.textContent = text.dataset.failed),
    );
  });
  row.append(button);
  text.after(row);
  row.after(told);
}
