"""The systemd unit of a shared screen: Chromium, full screen, in a compositor that shows nothing else.

The browser runs as a user of its own with a state folder; it is started again whenever it ends.
"""

import shlex

NAME = "prilavok-kiosk.service"
FLAGS = (
    *("--kiosk", "--noerrdialogs", "--disable-session-crashed-bubble", "--hide-crash-restore-bubble"),
    *("--no-first-run", "--no-default-browser-check", "--disable-background-networking"),
    *("--disable-features=Translate", "--disable-pinch", "--overscroll-history-navigation=0"),
    *("--kiosk-printing", "--ozone-platform=wayland", "--password-store=basic"),
    "--user-data-dir=/var/lib/prilavok-kiosk/chromium",
)


def unit(url: str, browser: str = "/usr/bin/chromium", compositor: str = "/usr/bin/cage") -> str:
    """The unit's text. `cage` shows one program on the whole screen and lets no one leave it."""
    command = shlex.join((compositor, "-s", "--", browser, *FLAGS, url)).replace("%", "%%")
    return f"""# Written by `prilavok-edge kiosk`; it is written anew by the next one.
[Unit]
Description=Prilavok kiosk screen
After=prilavok-edge.service systemd-user-sessions.service getty@tty7.service
Wants=prilavok-edge.service
Conflicts=getty@tty7.service
StartLimitIntervalSec=0

[Service]
User=prilavok-kiosk
PAMName=login
TTYPath=/dev/tty7
TTYReset=yes
TTYVHangup=yes
StandardInput=tty-fail
UtmpIdentifier=tty7
UtmpMode=user
StateDirectory=prilavok-kiosk
StateDirectoryMode=0700
ExecStart={command}
Restart=always
RestartSec=2
NoNewPrivileges=yes
ProtectHome=yes
ProtectSystem=strict
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
PrivateTmp=yes
RestrictSUIDSGID=yes
LockPersonality=yes

[Install]
WantedBy=graphical.target
"""
