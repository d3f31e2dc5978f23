"""The hub's first page, for whoever opens its address: whether it works, what is missing, where to go on.

What tenants, visitors and operators see is elsewhere. No script, no file beside it.
"""

import base64
import hashlib
from html import escape

from cloud.health.service import Finding, Report

STYLE = """
body { margin: 3rem auto; max-width: 42rem; padding: 0 1.25rem; background: #faf7f2; color: #1d1b18;
  font: 1.0625rem/1.5 "Golos Text", system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 1.5rem; }
dl { border-top: 1px solid #e3dbcf; margin: 0; }
dl div { display: flex; gap: 1rem; padding: .6rem 0; border-bottom: 1px solid #e3dbcf; }
dt { width: 7rem; } dd { margin: 0; }
.well { color: #1f6b3a; } .missing { color: #8f2d1e; }
a { color: #8a4b16; } code { background: #e3dbcf; padding: .1em .3em; }
@media (prefers-color-scheme: dark) {
  body { background: #1d1b18; color: #faf7f2; } dl, dl div { border-color: #4a433a; }
  .well { color: #7cc699; } .missing { color: #f0a195; } a { color: #e0a56c; } code { background: #3a342d; }
}
"""
DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{DIGEST}'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def page(report: Report) -> str:
    """The page as HTML."""
    title = "The hub is working" if report.ready else "Something is missing"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Prilavok hub</title><style>{STYLE}</style></head><body>
<h1>{title}</h1>
<dl>{"".join(_line(each) for each in report.findings)}
<div><dt>version</dt><dd>{escape(report.version)}</dd></div></dl>
<p>Operators use the command line: <code>prilavok login NAME --hub ADDRESS</code>, then
<code>prilavok sync status</code>. Programs: <a href="/schema/openapi.json">the interface</a>,
<a href="/health">its health</a>.</p>
</body></html>
"""


def _line(finding: Finding) -> str:
    state, mark = ("well", "✓") if finding.well else ("missing", "✗")
    said = f"{finding.says}. {finding.hint}" if finding.hint else finding.says
    return f'<div><dt>{escape(finding.check)}</dt><dd class="{state}">{mark} {escape(said)}</dd></div>'
