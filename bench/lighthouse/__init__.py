"""Lighthouse on the kiosk page, and on somebody else's page with and without the widget.

Real node, real pages, Debian's Chromium; npm's `lighthouse` beside this file (`tools/setup.py lighthouse`).
"""
