// The list of widgets: whole addresses instead of paths, and a button to copy
// one.

const SAID = 1_500; // ms that "Copied" stays

for (const row of document.querySelectorAll('tbody tr')) {
  const link = row.querySelector('a');
  const button = row.querySelector('button');
  link.textContent = link.href;
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(link.href);
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), SAID);
  });
}
