"""``python -m orgaudit`` is the command ``orgaudit``."""

from orgaudit.cli import main

main()
