/** The page's whole style; light or dark as the reader's system is. */
export const STYLE = `:root{color-scheme:light dark;--ink:light-dark(#1c2024,#e6e8eb);--soft:light-dark(#5a636d,#a3adb8);--line:light-dark(#dde1e6,#333a42);--ground:light-dark(#fff,#14171a);--raised:light-dark(#f5f7f9,#1d2125);--accent:light-dark(#0b57d0,#8ab4f8);--good:light-dark(#176639,#7bd69b);--bad:light-dark(#a3260b,#ff9c85)}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--ground);display:grid;grid-template-columns:17rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem 1rem;border-right:1px solid var(--line);font-size:.9rem}
nav ul{list-style:none;margin:0 0 1rem;padding:0}
nav h2{font-size:.8rem;margin:1rem 0 .3rem;color:var(--soft)}
main{padding:1.5rem clamp(1rem,4vw,3rem) 6rem;max-width:60rem}
a{color:var(--accent);text-decoration:none}
main a,a:hover,a:focus-visible{text-decoration:underline}
h3 a:not(:hover){text-decoration:none}
h1{margin:0;font-size:1.9rem}
h2{margin:3rem 0 0;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
h3{margin:2.5rem 0 .3rem;font-size:1.2rem}
h3 a{color:inherit}
h4{margin:1.2rem 0 .3rem;font-size:.95rem}
code,pre{font:.86em/1.5 ui-monospace,monospace}
code{background:var(--raised);padding:.1em .3em;border-radius:.25em;overflow-wrap:anywhere}
pre{background:var(--raised);border:1px solid var(--line);border-radius:.4em;padding:.8rem;overflow:auto;margin:.4rem 0}
dl{margin:.3rem 0}
dt{margin-top:.45rem}
dd{margin:0 0 0 1.2rem;color:var(--soft)}
dd dl{border-left:2px solid var(--line);padding-left:.8rem}
.name{background:none;padding:0;color:var(--ink);font-weight:600}
.type,.bound,.headers,.or{color:var(--soft);font-size:.86rem}
.bound::before{content:"· "}
.required{color:var(--bad);font-size:.8rem}
.role{border:1px solid var(--line);border-radius:1em;padding:.05em .6em;font-size:.8rem;color:var(--soft)}
.method{font:700 .8rem ui-monospace,monospace;padding:.15em .5em;border-radius:.25em;border:1px solid currentColor}
.get{color:var(--good)}.post{color:var(--accent)}.delete{color:var(--bad)}
.answers{list-style:none;padding:0}
.answers>li{margin:.4rem 0}
.status{font-family:ui-monospace,monospace}
.s2{color:var(--good)}.s4,.s5{color:var(--bad)}
.body{margin:.3rem 0 .6rem .2rem;padding-left:.8rem;border-left:2px solid var(--line)}
.body p{margin:.3rem 0}
details>summary{cursor:pointer;color:var(--soft);font-size:.9rem}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--ground);padding:.5rem}
@media (max-width:50rem){body{display:block}nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line)}}
@media print{nav{display:none}body{display:block}}
`;
