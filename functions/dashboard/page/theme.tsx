import { useState } from 'hono/jsx/dom';

type Theme = 'auto' | 'light' | 'dark';
const KEPT = 'rag-theme';
const NEXT: Readonly<Record<Theme, Theme>> = { auto: 'dark', dark: 'light', light: 'auto' };

function keptTheme(): Theme {
  const kept = localStorage.getItem(KEPT);
  return kept === 'light' || kept === 'dark' ? kept : 'auto';
}

/** Puts the chosen colours in force; `auto` leaves them to the system. */
export function applyTheme(theme: Theme = keptTheme()): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(keptTheme());
  const change = () => {
    const next = NEXT[theme];
    localStorage.setItem(KEPT, next);
    applyTheme(next);
    setTheme(next);
  };
  return (
    <button type="button" class="quiet" onClick={change} aria-label={`Colours: ${theme}. Change to ${NEXT[theme]}.`}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.25" class="outline" />
        {theme === 'auto' ? <path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z" class="solid" /> : null}
        {theme === 'dark' ? <circle cx="8" cy="8" r="6.25" class="solid" /> : null}
      </svg>
    </button>
  );
}
