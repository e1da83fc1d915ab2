/** Everything around an element, the nearest first, and itself before that. */
function lineOf(element: Element): Element[] {
  const line = [element];
  for (let at = element.parentElement; at !== null; at = at.parentElement) line.push(at);
  return line;
}

/**
 * Catches the focus where what had it is taken away: the heading of the nearest part of the page that is still there has it then, so
 * that whoever uses the keyboard, or listens, goes on from there. Returns what ends it.
 */
export function keepFocus(page: Element): () => void {
  let line = document.activeElement === null ? [] : lineOf(document.activeElement);
  const remember = (event: Event) => {
    line = lineOf(event.target as Element);
  };
  const observer = new MutationObserver(() => {
    if (document.activeElement !== document.body || line[0] === undefined || line[0].isConnected) return;
    const places = [...line.filter((one) => one.isConnected && one.matches('section, article, aside, main')), page];
    const heading = places.map((one) => one.querySelector<HTMLElement>('h1, h2, h3')).find((one) => one !== null);
    if (heading === undefined || heading === null) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  });
  page.addEventListener('focusin', remember);
  observer.observe(page, { childList: true, subtree: true });
  return () => {
    page.removeEventListener('focusin', remember);
    observer.disconnect();
  };
}
