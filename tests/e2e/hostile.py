"""A thousand strings that want to be markup, scripts or a broken layout; the same ones each time."""

import random

SEED, COUNT = 20261127, 1000
MEGABYTE = 1_000_000
RUN = "top.ran=1"
PARTS = (
    *(f"<script>{RUN}</script>", f"<img src=x onerror={RUN}>", f"<svg onload={RUN}>", "<!--", "]]>", "'"),
    *(f"javascript:{RUN}", f"data:text/html,<script>{RUN}</script>", f'" onmouseover={RUN} x="', "%00"),
    *("\u202e\u2066", "\u200b\u200d\ufeff", "\u0000\u0007", "\U0001f600" * 9, "Z\u0351\u0310" * 40),
    *("[1]", "[999]", "[[[[", "{{7*7}}", f"${{{RUN}}}", "</style></textarea>", "\r\n\r\n", "אבג دهه"),
    *("x" * 900, f"<a href=javascript:{RUN}>a</a>", f"<iframe srcdoc='<script>{RUN}</script>'>", "&lt;b&gt;"),
)


def strings() -> list[str]:
    """The same thousand each time."""
    chance = random.Random(SEED)
    return ["".join(chance.choices(PARTS, k=chance.randint(1, 5))) for _ in range(COUNT)]
