"""Makes this checkout importable, and `cdshooks` callable, in the environment whose Python runs this file.

What `pip install --editable` would do, without needing a build backend in the environment.
"""

import sys
import sysconfig
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
# /bin/sh reads the second line, Python takes it for a string: so a path with spaces, which `#!` forbids, does no harm.
SCRIPT = f"""#!/bin/sh
'''exec' "{sys.executable}" "$0" "$@"
' '''
import sys

from cdshooks.cli import main

if __name__ == "__main__":
    sys.exit(main())
"""

if __name__ == "__main__":
    Path(sysconfig.get_path("purelib"), "cdshooks-checkout.pth").write_text(f"{CHECKOUT}\n", "utf-8")
    command = Path(sysconfig.get_path("scripts"), "cdshooks")
    command.write_text(SCRIPT, "utf-8")
    command.chmod(0o755)
