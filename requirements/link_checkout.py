"""Makes this checkout importable, and its two commands callable, in the environment whose Python runs this file.

What `pip install --editable` would do, without needing a build backend in the environment.
"""

import sys
import sysconfig
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
COMMANDS = {"cdshooks": "cdshooks.cli", "cds-conformance": "cds_conformance.cli"}
# /bin/sh reads the second line, Python takes it for a string: so a path with spaces, which `#!` forbids, does no harm.
SCRIPT = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from {module} import main

if __name__ == "__main__":
    sys.exit(main())
"""

if __name__ == "__main__":
    roots = f"{CHECKOUT}\n{CHECKOUT / 'conformance'}\n"
    Path(sysconfig.get_path("purelib"), "cdshooks-checkout.pth").write_text(roots, "utf-8")
    for name, module in COMMANDS.items():
        command = Path(sysconfig.get_path("scripts"), name)
        command.write_text(SCRIPT.format(python=sys.executable, module=module), "utf-8")
        command.chmod(0o755)
